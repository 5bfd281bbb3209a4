import { useConnection, useRetained } from '@millrace/react'
import { useEffect } from 'react'
import type { DashboardStats } from '../../contract.ts'
import { useRequest } from '../live/hooks.ts'
import { useMill } from './use-mill.ts'

export interface Dashboard {
  readonly stats: DashboardStats | undefined
  readonly error: Error | undefined
  readonly retry: () => void
}

/** The mill's figures: asked for once, and from then on as they are retained in the channel. */
export function useDashboard(): Dashboard {
  const { mill, channel } = useMill()
  const { value: retained } = useRetained(channel, 'dashboard:stats')
  const { run, data, error } = useRequest('request:dashboard')
  const live = useConnection().state === 'live'
  useEffect(() => {
    if (live) void run(mill.id)
  }, [live, run, mill.id])

  const asked = data?.millId === mill.id ? data : undefined
  const stats = asked === undefined || (retained !== undefined && retained.at >= asked.at) ? retained : asked
  return { stats, error: stats === undefined ? error : undefined, retry: () => void run(mill.id) }
}
