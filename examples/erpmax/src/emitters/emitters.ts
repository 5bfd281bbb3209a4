import type { ChannelRef, EventInput, EventName } from '@millrace/contract'
import type { NotificationType, SiteStatus, Subscription } from '../contract.ts'
import { type Namespace, rooms } from './rooms.ts'

export interface EmitOptions {
  /** A transaction of the application's: emitted if and only if it commits. Where the sink is not the orchestrator itself there is none. */
  readonly tx?: unknown
}

interface NotificationToStore {
  readonly id: string
  readonly type: NotificationType
  readonly title: string
  readonly message: string
}

/** The way from an emitter to the clients. */
export interface EmitterSink {
  /** Resolves when a durable event is safe. */
  publish(channel: ChannelRef, event: string, data: unknown, options: EmitOptions & { readonly tenant: string }): Promise<unknown>
  /** Stores a notification for one person, and announces it. */
  notify(userId: string, notification: NotificationToStore, options: EmitOptions & { readonly tenant: string }): Promise<unknown>
}

type Room<N extends Namespace, R extends 'user' | 'tenant'> = ReturnType<(typeof rooms)[N][R]>['definition']
type Events<N extends Namespace, R extends 'user' | 'tenant'> = EventName<Room<N, R>>
type Data<N extends Namespace, R extends 'user' | 'tenant', E extends Events<N, R>> = EventInput<Room<N, R>['events'], E>

/** ERPMax's helpers, each typed by the contract. They are the same in the orchestrator, in a worker and over HTTP: the sink differs. */
export function createEmitters(sink: EmitterSink) {
  const toTenant = <N extends Namespace, E extends Events<N, 'tenant'>>(
    tenantId: string,
    event: E,
    data: Data<N, 'tenant', E>,
    namespace: N,
    options: EmitOptions = {},
  ) => sink.publish(rooms[namespace].tenant({ tenantId }), event, data, { tx: options.tx, tenant: tenantId })

  return {
    /** To one person, on all their devices. `tenant_id`: whose person it is. */
    emitToUser: <E extends Events<N, 'user'>, N extends Namespace = '/'>(
      { tenant_id, user_id }: { readonly tenant_id: string; readonly user_id: string },
      event: E,
      data: Data<N, 'user', E>,
      // Holds: the default is the type's own.
      namespace: N = '/' as N,
      options: EmitOptions = {},
    ) => sink.publish(rooms[namespace].user({ userId: user_id }), event, data, { tx: options.tx, tenant: tenant_id }),

    /** To everybody of a tenant. */
    emitToTenant: <E extends Events<N, 'tenant'>, N extends Namespace = '/'>(
      tenantId: string,
      event: E,
      data: Data<N, 'tenant', E>,
      // Holds: the default is the type's own.
      namespace: N = '/' as N,
      options: EmitOptions = {},
    ) => toTenant(tenantId, event, data, namespace, options),

    emitProvisioningStatus: (tenant_id: string, status: SiteStatus, progress: number, message: string, options?: EmitOptions) =>
      toTenant(tenant_id, 'status:update', { tenant_id, status, progress, message }, '/provisioning', options),
    emitProvisioningCompleted: (tenant_id: string, erpnext_url: string, options?: EmitOptions) =>
      toTenant(tenant_id, 'status:completed', { tenant_id, erpnext_url }, '/provisioning', options),
    emitProvisioningFailed: (tenant_id: string, error: string, options?: EmitOptions) =>
      toTenant(tenant_id, 'status:failed', { tenant_id, error }, '/provisioning', options),

    /** Stored before it is sent, and kept until it is read; `notificationId` seen again for the person changes nothing. */
    emitNotification: (
      { tenant_id, user_id }: { readonly tenant_id: string; readonly user_id: string },
      notificationId: string,
      title: string,
      message: string,
      type: NotificationType,
      options: EmitOptions = {},
    ) => sink.notify(user_id, { id: notificationId, title, message, type }, { tx: options.tx, tenant: tenant_id }),

    emitSubscriptionUpdated: (tenantId: string, subscription: Subscription, options?: EmitOptions) =>
      toTenant(tenantId, 'subscription:updated', { subscription }, '/billing', options),
    emitSubscriptionExpiring: (tenantId: string, days_left: number, options?: EmitOptions) =>
      toTenant(tenantId, 'subscription:expiring', { days_left }, '/billing', options),
    emitPaymentReceived: (tenantId: string, amount: number, currency: string, options?: EmitOptions) =>
      toTenant(tenantId, 'payment:received', { amount, currency }, '/billing', options),
  }
}

export type Emitters = ReturnType<typeof createEmitters>
