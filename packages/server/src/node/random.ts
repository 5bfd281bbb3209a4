/** A number in [0, 1), by the machine's chance. */
export const systemRandom = (): number => Math.random()
