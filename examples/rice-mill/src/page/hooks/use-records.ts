import { remove, upsert } from '@millrace/client'
import { useLiveList } from '@millrace/react'
import type { Activity, Attendance, Batch, Movement, Payment, Person, Purchase, Receipt, Sale, StaffMember } from '../../contract.ts'
import { useMill } from './use-mill.ts'
import { type PagedList, usePagedList } from './use-paged-list.ts'

/*
 * The mill's records, each loaded once and then kept by the channel's events. What was missed while the connection was
 * away is applied by the same functions: they never learn whether an event came live or from the log.
 */

/** A record, and who changed it last, as far as this window has seen. */
export type Changed<T> = T & { readonly changedBy?: Person }

export function usePurchases(): PagedList<Changed<Purchase>> {
  const { api } = useMill()
  return usePagedList<Changed<Purchase>>({
    name: 'purchases',
    page: api.purchases,
    apply: {
      'purchase:created': ({ purchase }) => upsert(purchase),
      'purchase:updated': ({ purchase, updatedBy }) => upsert({ ...purchase, changedBy: updatedBy }),
      'purchase:deleted': ({ purchaseId }) => remove(purchaseId),
    },
  })
}

export function useSales(): PagedList<Changed<Sale>> {
  const { api } = useMill()
  return usePagedList<Changed<Sale>>({
    name: 'sales',
    page: api.sales,
    apply: {
      'sale:created': ({ sale }) => upsert(sale),
      'sale:updated': ({ sale, updatedBy }) => upsert({ ...sale, changedBy: updatedBy }),
      'sale:deleted': ({ saleId }) => remove(saleId),
    },
  })
}

export function useMovements(): PagedList<Movement> {
  const { api } = useMill()
  return usePagedList<Movement>({
    name: 'movements',
    page: api.movements,
    apply: { 'inward:created': ({ inward }) => upsert(inward), 'outward:created': ({ outward }) => upsert(outward) },
  })
}

export function useBatches(): PagedList<Batch> {
  const { api } = useMill()
  return usePagedList<Batch>({
    name: 'batches',
    page: api.batches,
    apply: { 'milling:started': ({ batch }) => upsert(batch), 'milling:completed': ({ batch }) => upsert(batch) },
  })
}

export function usePayments(): PagedList<Payment> {
  const { api } = useMill()
  return usePagedList<Payment>({
    name: 'payments',
    page: api.payments,
    apply: { 'payment:received': ({ payment }) => upsert(payment), 'payment:made': ({ payment }) => upsert(payment) },
  })
}

export function useReceipts(): PagedList<Receipt> {
  const { api } = useMill()
  return usePagedList<Receipt>({
    name: 'receipts',
    page: api.receipts,
    apply: { 'receipt:created': ({ receipt }) => upsert(receipt) },
  })
}

/** `pageSize`: how many are fetched at a time. */
export function useActivityFeed(pageSize?: number): PagedList<Activity> {
  const { api } = useMill()
  return usePagedList<Activity>({
    name: `activity of ${pageSize}`,
    page: api.activity,
    apply: { 'activity:new': (activity) => upsert(activity) },
    ...(pageSize !== undefined && { pageSize }),
  })
}

export function useStaff() {
  const { channel, api } = useMill()
  return useLiveList<typeof channel.definition, string, StaffMember>(channel, {
    load: ({ signal }) => api.staff({ signal }),
    key: (member) => member.id,
    apply: { 'staff:joined': ({ staff }) => upsert(staff), 'staff:left': ({ staff }) => remove(staff.id) },
  })
}

/** Who was there on one day. A component that shows another day is another component: give it the day as its key. */
export function useAttendance(day: string) {
  const { channel, api } = useMill()
  return useLiveList<typeof channel.definition, string, Attendance>(channel, {
    load: ({ signal }) => api.attendance(day, { signal }),
    key: ({ staffId }) => staffId,
    apply: { 'attendance:marked': ({ attendance }) => (attendance.day === day ? upsert(attendance) : null) },
  })
}
