import type { Mill, User } from '../../contract.ts'

export const seededPassword = 'millrace'

export const seededMills: readonly Mill[] = [
  { id: 'mill-1', name: 'Annapurna Rice Mill', place: 'Thanjavur' },
  { id: 'mill-2', name: 'Godavari Rice Mill', place: 'Rajahmundry' },
  { id: 'mill-3', name: 'Shantipur Rice Mill', place: 'Bardhaman' },
]

export const seededUsers: readonly User[] = [
  { id: 'user-admin', email: 'admin@millrace.test', name: 'Vikram Rao', role: 'SUPER_ADMIN', millId: null, isActive: true },
  { id: 'user-asha', email: 'asha@millrace.test', name: 'Asha Nair', role: 'MILL_ADMIN', millId: 'mill-1', isActive: true },
  { id: 'user-ravi', email: 'ravi@millrace.test', name: 'Ravi Kumar', role: 'MILL_STAFF', millId: 'mill-1', isActive: true },
  { id: 'user-meena', email: 'meena@millrace.test', name: 'Meena Iyer', role: 'MILL_ADMIN', millId: 'mill-2', isActive: true },
  { id: 'user-ira', email: 'ira@millrace.test', name: 'Ira Das', role: 'MILL_STAFF', millId: 'mill-2', isActive: false },
]

export const suppliers = [
  'Kaveri Growers',
  'Murugan Farms',
  'Selvi Traders',
  'Palar Co-operative',
  'Ganesh Agro',
  'Lakshmi Paddy Centre',
] as const
export const buyers = [
  'Nalla Stores',
  'Chennai Grain Market',
  'Sri Balaji Wholesale',
  'Metro Foods',
  'Hotel Saravana',
  'Coromandel Exports',
] as const
export const varieties = ['Ponni', 'Sona Masuri', 'Basmati', 'IR 64', 'Swarna'] as const
export const workers = [
  ['Kannan', 'operator', 72_000],
  ['Divya', 'accounts', 68_000],
  ['Suresh', 'loader', 55_000],
  ['Fathima', 'quality', 64_000],
  ['Joseph', 'driver', 60_000],
  ['Bala', 'loader', 55_000],
] as const
