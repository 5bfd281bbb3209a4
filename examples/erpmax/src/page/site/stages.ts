/** What a person is shown of the worker's steps. Percent. */
export const stages = [
  { from: 0, until: 20, name: 'Capacity' },
  { from: 20, until: 38, name: 'Database' },
  { from: 38, until: 60, name: 'ERPNext' },
  { from: 60, until: 90, name: 'Your data' },
  { from: 90, until: 100, name: 'Certificate' },
] as const
