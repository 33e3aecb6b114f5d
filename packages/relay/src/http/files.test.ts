import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFiles } from '../files/files.ts'
import type { Files } from '../files/files.ts'
import { MAX_FILE_BYTES } from '../files/files.ts'
import { filesRoutes } from './files.ts'

let directory: string
let files: Files

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'homing-files-'))
  let n = 0
  const randomBytes = (count: number) => new Uint8Array(count).fill(++n)
  files = createFiles({ directory: join(directory, 'files'), randomBytes })
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const bytes = (text: string) => new TextEncoder().encode(text)

describe('GET /v1/files/:id', () => {
  test.each([
    ['image/png', 'image/png', 'inline'],
    ['IMAGE/JPEG; charset=x', 'image/jpeg', 'inline'],
    ['image/svg+xml', 'image/svg+xml', 'attachment'],
    ['text/html', 'text/html', 'attachment'],
    ['nonsense\r\nx: y', 'application/octet-stream', 'attachment'],
  ])('%s is handed out as nothing that runs', async (type, shown, how) => {
    const kept = await files.keep({ bytes: bytes('<script>'), type, name: '../a"b\r\n.html' })
    const answer = await filesRoutes(files).request(`/v1/files/${kept.id}/whatever`)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('<script>')
    expect(answer.headers.get('content-type')).toBe(shown)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('content-security-policy')).toContain('sandbox')
    expect(answer.headers.get('content-disposition')).toBe(
      `${how}; filename*=UTF-8''..%20a%22b%20.html`,
    )
    expect(answer.headers.get('cache-control')).toContain('private')
  })

  test('C12: what is not there, or no id, is not there', async () => {
    for (const id of ['A'.repeat(22), '..%2f..%2fetc%2fpasswd', 'x', `${'A'.repeat(22)}.json`]) {
      expect([id, (await filesRoutes(files).request(`/v1/files/${id}/x`)).status]).toEqual([
        id,
        404,
      ])
    }
  })

  test('one that is too large is refused and leaves nothing', async () => {
    const large = { bytes: new Uint8Array(MAX_FILE_BYTES + 1), type: 'image/png', name: 'x' }
    await expect(files.keep(large)).rejects.toMatchObject({ code: 'too_large' })
    expect(await readdir(directory)).toEqual([])
  })
})
