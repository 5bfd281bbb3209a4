/** What a worker is handed: which job to claim. All else is in the job itself. */
export interface WorkOrder {
  readonly job_id: string
  readonly tenant_id: string
}

export interface WorkQueue {
  /** Resolves when the order is safe with the queue. The same order twice does no harm: a job is claimed once. */
  put(order: WorkOrder): Promise<void>
  close(): Promise<void>
}
