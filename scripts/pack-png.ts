import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE_BYTES = 8
/** Length and type before a chunk's data, its checksum behind it. */
const HEAD_BYTES = 8
const TAIL_BYTES = 4

/** The same picture, deflated as hard as can be: browsers take screenshots in a hurry. */
export function packPng(png: Uint8Array): Uint8Array {
  const bytes = Buffer.from(png)
  const kept: Buffer[] = [bytes.subarray(0, SIGNATURE_BYTES)]
  const pixels: Buffer[] = []
  for (let at = SIGNATURE_BYTES; at < bytes.length;) {
    const length = bytes.readUInt32BE(at)
    const type = bytes.toString('latin1', at + 4, at + HEAD_BYTES)
    const end = at + HEAD_BYTES + length + TAIL_BYTES
    if (type === 'IDAT') pixels.push(bytes.subarray(at + HEAD_BYTES, end - TAIL_BYTES))
    else if (type === 'IEND') kept.push(chunk('IDAT', pack(pixels)), chunk('IEND', Buffer.alloc(0)))
    else kept.push(bytes.subarray(at, end))
    at = end
  }
  const packed = Buffer.concat(kept)
  return packed.length < png.length ? packed : png
}

function pack(pixels: readonly Buffer[]): Buffer {
  return deflateSync(inflateSync(Buffer.concat(pixels)), { level: 9, memLevel: 9 })
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(4 + body.length + TAIL_BYTES)
  out.writeUInt32BE(data.length, 0)
  body.copy(out, 4)
  out.writeUInt32BE(crc32(body), 4 + body.length)
  return out
}
