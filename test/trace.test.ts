import { expect, test } from 'vitest'

import { readTrace } from './trace.ts'

test('a trace gives calls that others came in between of as one, with both of their ends', () => {
  const trace = [
    '11 pwrite64(21</data/log.db-wal>, "an entry", 8, 0) = 8',
    '12 write(30<socket:[5]>, "early", 5 <unfinished ...>',
    '11 fdatasync(21</data/log.db-wal> <unfinished ...>',
    '12 <... write resumed>)              = 5',
    '11 <... fdatasync resumed>)          = 0',
    '11 close(4)                          = 0',
    'strace: Process 11 detached',
  ].join('\n')
  expect(readTrace(trace)).toEqual([
    {
      thread: 11,
      name: 'pwrite64',
      file: '/data/log.db-wal',
      text: 'pwrite64(21</data/log.db-wal>, "an entry", 8, 0) = 8',
      begun: 0,
      returned: 0,
    },
    {
      thread: 12,
      name: 'write',
      file: 'socket:[5]',
      text: 'write(30<socket:[5]>, "early", 5)              = 5',
      begun: 1,
      returned: 3,
    },
    {
      thread: 11,
      name: 'fdatasync',
      file: '/data/log.db-wal',
      text: 'fdatasync(21</data/log.db-wal>)          = 0',
      begun: 2,
      returned: 4,
    },
  ])
})
