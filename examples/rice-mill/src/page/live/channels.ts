import { contract } from '../../contract.ts'

/** Where everything that happens in a mill is told. */
export const millChannel = (millId: string) => contract.channels.mill({ millId })

export const userChannel = (userId: string) => contract.channels.user({ userId })

export const everyoneChannel = () => contract.channels.everyone()
