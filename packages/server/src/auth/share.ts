/** Work that several ask for at the same time is done once, and all get its result. What is done is forgotten. */
export function share<K, T>(): (key: K, work: () => Promise<T>) => Promise<T> {
  const underWay = new Map<K, Promise<T>>()
  return (key, work) => {
    const known = underWay.get(key)
    if (known !== undefined) return known
    const begun = work().finally(() => underWay.delete(key))
    underWay.set(key, begun)
    return begun
  }
}
