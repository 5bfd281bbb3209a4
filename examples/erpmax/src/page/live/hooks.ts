import { createHooks } from '@millrace/react'
import type { ErpmaxContract } from '../../contract.ts'

export const { useClient } = createHooks<ErpmaxContract>()
