import { expect, test } from 'vitest'
import { createClientIp } from './client-ip.ts'

const clientIp = createClientIp(['10.0.0.0/8', '::1', '192.0.2.200'])

test.each<[string, string | undefined, string | undefined, string]>([
  ['no proxy', '203.0.113.5', undefined, '203.0.113.5'],
  ['a header that a stranger wrote', '203.0.113.5', '198.51.100.9', '203.0.113.5'],
  ['one proxy of ours', '10.1.2.3', '198.51.100.9', '198.51.100.9'],
  ['two of ours in a row', '10.1.2.3', '198.51.100.9, 10.9.9.9', '198.51.100.9'],
  ['what the client put in front', '10.1.2.3', '1.1.1.1, 198.51.100.9', '198.51.100.9'],
  ['a single trusted address', '192.0.2.200', '198.51.100.9', '198.51.100.9'],
  ['nonsense in the header', '10.1.2.3', 'evil', '10.1.2.3'],
  ['an empty header', '10.1.2.3', '', '10.1.2.3'],
  ['IPv4 inside IPv6', '::ffff:10.1.2.3', '198.51.100.9', '198.51.100.9'],
  ['a port behind the address', '10.1.2.3', '198.51.100.9:4711', '198.51.100.9'],
  ['brackets and a port', '::1', '[2001:db8::7]:443', '2001:db8::/64'],
  ['IPv6, counted by its network', '2001:db8:0:0:1:2:3:4', undefined, '2001:db8::/64'],
  ['no address at all', undefined, '198.51.100.9', ''],
])('%s', (_, socket, forwarded, expected) => {
  expect(clientIp(socket, forwarded)).toBe(expected)
})
