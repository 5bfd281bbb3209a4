/** The seed named by an environment variable, else one drawn now. Tell it when the run fails: it repeats the run. */
export function seedFromEnvironment(variable: string): number {
  const given = process.env[variable]
  if (given === undefined || given === '') return Math.floor(Math.random() * 0x1_0000_0000)
  const seed = Number(given)
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`${variable}=${given} is not a seed: give a whole number from 0`)
  return seed
}
