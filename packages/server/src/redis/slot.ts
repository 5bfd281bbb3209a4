/** The slots that a cluster shares out among its servers. */
export const slots = 16_384

// CRC-16/XMODEM, as the specification of Redis Cluster has it.
const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021
  return crc
})

/** The slot of a channel: where braces hold something, that alone counts. */
export function slotOf(channel: string): number {
  const open = channel.indexOf('{')
  const close = open < 0 ? -1 : channel.indexOf('}', open + 1)
  const counted = close > open + 1 ? channel.slice(open + 1, close) : channel
  let crc = 0
  for (const byte of Buffer.from(counted)) crc = ((crc << 8) ^ (table[((crc >> 8) ^ byte) & 0xff] ?? 0)) & 0xffff
  return crc % slots
}
