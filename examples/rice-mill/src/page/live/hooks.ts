import { createHooks } from '@millrace/react'
import type { RiceMillContract } from '../../contract.ts'

export const { useClient, useRequest } = createHooks<RiceMillContract>()
