/** The node that acts for a key: the same on all who know the same nodes. With a node more or less few keys move (rendezvous hashing). */
export function homeOf(key: string, nodes: Iterable<string>): string | null {
  let home: string | null = null
  let highest = -1
  for (const node of nodes) {
    const weight = hash(`${node} ${key}`)
    if (weight > highest || (weight === highest && home !== null && node > home)) {
      home = node
      highest = weight
    }
  }
  return home
}

/** FNV-1a, mixed once more so that the last characters count as much as the first. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}
