import { expect, it } from 'vitest'
import { share } from './share.ts'

it('[AUTH2] does once what several ask for at the same time, and again what is asked for later', async () => {
  const shared = share<string, number>()
  let done = 0
  const work = async (): Promise<number> => ++done
  expect(await Promise.all([shared('a', work), shared('b', work), shared('a', work)])).toEqual([1, 2, 1])
  expect(await shared('a', work)).toBe(3)
})

it('[AUTH1] hands a failure to all who asked, and forgets it', async () => {
  const shared = share<string, number>()
  const fail = (): Promise<number> => Promise.reject(new Error('down'))
  const both = [shared('a', fail), shared('a', fail)]
  for (const each of both) await expect(each).rejects.toThrow('down')
  expect(await shared('a', async () => 1)).toBe(1)
})
