import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AnyContract } from '@millrace/contract'
import { wireEvents } from '@millrace/contract/wire'
import type { MillraceServer } from './api.ts'
import { createExpiry } from './auth/expiry.ts'
import { originAllowed, validOrigins } from './auth/origin.ts'
import type { Identity } from './auth/port.ts'
import { localBroker } from './broker/local.ts'
import { type ChannelKey, tenantOf } from './channel-key.ts'
import { Audit } from './channels/audit.ts'
import { Feeds } from './channels/feeds.ts'
import { createPolicy } from './channels/policy.ts'
import { RecoveryPages } from './channels/recovery-pages.ts'
import { Membership } from './cluster/membership.ts'
import { NodeLines } from './cluster/node-lines.ts'
import { AlertService } from './hub/alerts.ts'
import { commandsOn } from './hub/commands.ts'
import { Connections } from './hub/connections.ts'
import { Control, controlKey, controlRetention } from './hub/control.ts'
import { encodeFor, userIdOf } from './hub/encode.ts'
import { createGate } from './hub/gate.ts'
import { InboxService } from './hub/inbox.ts'
import { InboxAudit } from './hub/inbox-audit.ts'
import { jobsOn, keepJobsUp } from './hub/jobs.ts'
import { createMessages } from './hub/messages.ts'
import { createOutboxAdmission } from './hub/outbox-admission.ts'
import { PresenceService } from './hub/presence.ts'
import { publicCalls } from './hub/public-calls.ts'
import { Publisher } from './hub/publisher.ts'
import { RecentCommands } from './hub/recent-commands.ts'
import { type AnyHandler, createRequests } from './hub/requests.ts'
import type { Session } from './hub/sessions.ts'
import { sharedCheck } from './hub/shared-check.ts'
import { createTypingService } from './hub/typing.ts'
import { createUsage } from './hub/usage.ts'
import { createWireHandlers } from './hub/wire-handlers.ts'
import type { Jobs } from './jobs/api.ts'
import type { JobDefinition, JobMap } from './jobs/definition.ts'
import { createInboundLimits } from './limits/inbound.ts'
import { resolveLimits, resolveQuotas } from './limits/resolve-limits.ts'
import { quotaError } from './limits/tenant-account.ts'
import { createTenantQuotas, noQuotas } from './limits/tenant-quotas.ts'
import { memoryStore } from './memory-store.ts'
import { systemClock } from './node/clock.ts'
import { eventLoop } from './node/event-loop.ts'
import { systemRandom } from './node/random.ts'
import { describeError } from './observe/describe-error.ts'
import { createHealth } from './observe/health.ts'
import { handleObserve } from './observe/http.ts'
import { createMetrics } from './observe/metrics.ts'
import { pinoLogger } from './observe/pino-logger.ts'
import type { Policy, ServerOptions } from './options.ts'
import { ClusterPeople } from './presence/cluster-people.ts'
import { createUserPresence, userPresenceDefaults } from './presence/user-presence.ts'
import { namespaceNames, validPaths } from './transport/mounts.ts'
import { resolveLanes } from './transport/outbound/lanes.ts'
import { socketIoTransport } from './transport/socketio.ts'

export const serverDefaults = {
  path: '/socket.io',
  heartbeat: { intervalMs: 25_000, timeoutMs: 20_000 },
  drain: { timeoutMs: 10_000, reconnectWithinMs: 5_000 },
  retentionEveryMs: 60_000,
} as const

// What was overtaken by a publication of another node has come by then, or is lost.
const gapGraceMs = 10

// Chunks of a recovery: large enough to be quick, small enough that other connections get their turn. Waits while more than this is queued.
const recoverBelowBytes = 131_072
const recoveryPages = { pageSize: 500, chunkMaxBytes: 65_536, maxBytes: 33_554_432, maxAgeMs: 2_000 } as const

/** Makes a Millrace node. Throws `ConfigurationError` with one line that names a wrong setting (OPS3). */
export function createServer<C extends AnyContract, J extends JobMap = Record<never, JobDefinition>>(
  options: ServerOptions<C, J>,
): MillraceServer<C, J> {
  const { contract, clock = systemClock, random = systemRandom, logger = pinoLogger() } = options
  const limits = resolveLimits(options.limits)
  const store = options.store ?? memoryStore({ clock })
  const broker = options.broker ?? localBroker()
  /** There are no other nodes, and never will be. */
  const solo = options.broker === undefined
  const namespaces = options.namespaces ?? {}
  const names = namespaceNames(namespaces)
  const origins = validOrigins(options.origins ?? [])
  const newId = (): string => randomUUID()
  const metrics = createMetrics({
    queuedBytes: () => transport.queuedBytes,
    blocked: () => transport.blocked,
    handshakesWaiting: () => admission.waiting,
  })
  const onFailure = (error: unknown): void => logger.error(describeError(error), 'store or broker failed')
  /** Calls a hook of the application's: what it throws ends nothing. */
  function guarded(hook: string, run: () => void): void {
    try {
      run()
    } catch (error) {
      logger.error({ hook, ...describeError(error) }, 'a hook of the application threw')
    }
  }
  let draining = false

  const inboundLimits = createInboundLimits(limits, clock, !solo)
  const quotas =
    options.quotas === undefined
      ? noQuotas
      : createTenantQuotas({
          quotasOf: resolveQuotas(options.quotas),
          clock,
          shared: !solo,
          nextTurn: eventLoop.later,
          onRefused: (quota) => metrics.quotaRefused(quota),
          onUsedUp: (tenant, quota) => logger.warn({ tenant, quota }, 'a tenant has used up its quota'),
          onFailure: (error) => logger.error(describeError(error), 'the quotas of a tenant could not be told'),
        })
  const { log } = store
  const publisher = new Publisher({
    log,
    outbox: store.outbox,
    broker: { publish: (envelope) => feeds.publish(envelope) },
    clock,
    newId,
    payloadMaxBytes: limits.payloadMaxBytes,
    quotas,
    readersOf: (key) => feeds.find(key)?.readers ?? 0,
    onRefused(envelope, error) {
      metrics.unsent()
      // That the broker is gone is said once, by the health check: while it is, every publication comes here.
      logger.debug(describeError(error), 'the broker did not take a publication')
      if (envelope.event === wireEvents.inbox) inboxAudit?.owe({ tenant: tenantOf(envelope.channel), userId: userIdOf(envelope.channel) })
    },
    onAppended: (durationMs) => metrics.appended(durationMs),
    onRelayed: (lagMs) => metrics.relayed(lagMs),
    onPublished: ({ channel, delivery, actor }) => {
      metrics.published(delivery)
      if (actor !== undefined) typing.published(channel, actor.id)
    },
  })
  const policy = createPolicy({
    // Holds: policies are looked up by the channel that they were declared for.
    policies: options.policy as Readonly<Record<string, Policy | undefined>>,
    clock,
    timeoutMs: limits.policyTimeoutMs,
    onFailure: (channel, error) => logger.error({ channel, ...describeError(error) }, 'a policy failed'),
  })
  const admission = createGate({
    ...{ options, limits, quotas, clock, eventLoop, logger, metrics, newId },
    draining: () => draining,
  })

  const transport = socketIoTransport({
    handler: {
      knock: (address, enter) => admission.knock(address, enter),
      turnedAway: (code) => metrics.refused(code),
      admit: (attempt) => admission.admit(attempt),
      connected(connection, admitted) {
        quotas.connected(connection.identity.tenant)
        connections.begin(connection, admitted)
      },
      message: (connection, event, args, reply) => {
        const session = connections.sessions.get(connection.id)
        if (session !== undefined) void receive(session, event, args, reply)
      },
      disconnected(connection, reason) {
        connections.end(connection, reason)
        quotas.disconnected(connection.identity.tenant)
      },
    },
    clock,
    eventLoop,
    paths: validPaths(options.path ?? serverDefaults.path),
    namespaces: names,
    origins,
    trustedProxies: options.trustedProxies ?? 0,
    originAllowed: ({ origin, host }) => originAllowed(origin, host, origins),
    outboundMaxBytes: limits.outboundMaxBytes,
    laneOf: resolveLanes(Object.keys(contract.channels), options.backpressure ?? {}, limits.outboundMaxBytes),
    inboundMaxBytes: limits.inboundMaxBytes,
    compression: options.compression ?? false,
    heartbeat: { ...serverDefaults.heartbeat, ...options.heartbeat },
    refusalMessages: options.refusalMessages ?? {},
    onVerdict: (frame, verdict) => metrics.backpressure(frame.lane.name, frame.delivery, verdict),
  })
  const pages = new RecoveryPages({ log, clock, frame: transport.frame, ...recoveryPages })
  const self = newId()
  const lines = new NodeLines({
    ...{ broker, self, clock, onFailure },
    onUnsent: (error) => logger.debug(describeError(error), 'the broker did not take what is for other nodes'),
  })
  const membership = new Membership({ self, lines, clock, solo, onFailure })
  const feeds = new Feeds({
    log,
    broker: lines.publications,
    pages,
    encode: encodeFor(transport, names),
    onDelivered: ({ delivery, time }, readers) => metrics.delivered(delivery, readers, clock.now() - time),
    onNewEpoch: (_, readers) => {
      for (const reader of readers) reader.disconnect('draining')
    },
    onRestored() {
      logger.warn({}, 'the broker is back: everything is compared with the store')
      void audit?.now()
      membership.restored()
      void inboxAudit?.restored()
    },
    ...(!broker.lossless && { afterGrace: (run: () => void) => void clock.after(gapGraceMs, run) }),
    onFailure,
  })
  const audit = broker.lossless
    ? null
    : new Audit({ log, clock, feeds: () => feeds.logged(), onRepaired: (channels) => metrics.repaired(channels), onFailure })
  const typing = createTypingService({ contract, clock, publisher, onFailure })
  const presence = new PresenceService({ lines, peers: membership, clock, frame: transport.frame, onFailure })
  membership.observe(presence.peerEvents)
  const toldOfPeople = {
    graceMs: userPresenceDefaults.graceMs,
    onOnline: (identity: Identity) => guarded('onUserOnline', () => options.onUserOnline?.(identity)),
    onOffline: (identity: Identity) => guarded('onUserOffline', () => options.onUserOffline?.(identity)),
  }
  const clusterPeople = solo ? null : new ClusterPeople({ lines, peers: membership, clock, ...toldOfPeople, onFailure })
  if (clusterPeople !== null) membership.observe(clusterPeople.peerEvents)
  const userPresence = createUserPresence<Session>({
    clock,
    ...(clusterPeople === null
      ? toldOfPeople
      : { onOnline() {}, onOffline() {}, onCounted: (identity, connections) => clusterPeople.counted(identity, connections) }),
  })
  const inbox = new InboxService({ store: store.inbox, publisher, clock, newId, inbox: options.inbox ?? {} })
  const alerts = new AlertService({ store: store.alerts, leases: store.leases, clock, newId, logger })
  const jobs = jobsOn(store, {
    ...{ jobs: options.jobs ?? {}, clock, newId, onFailure },
    tenant: options.tenant,
    payloadMaxBytes: limits.payloadMaxBytes,
  })
  const jobUpkeep = options.jobs === undefined ? null : keepJobsUp({ jobs, leases: store.leases, clock, newId, onFailure })
  const recent = new RecentCommands(clock)
  const connections = new Connections({
    contract,
    recent,
    clock,
    logger,
    metrics,
    feeds,
    log,
    pages,
    admission,
    expiry: createExpiry({ clock, onExpired: (id) => connections.sessions.get(id)?.connection.disconnect('token_expired') }),
    limits: inboundLimits,
    presence,
    userPresence,
    typing,
    assign: options.assign ?? (() => []),
    // Holds: a handle differs from contract to contract in the types of `send` alone.
    onConnect: (options.onConnect ?? (() => {})) as ConstructorParameters<typeof Connections>[0]['onConnect'],
    subscriptions: {
      policy,
      maxSubscriptions: limits.subscriptionsPerConnection,
      admit({ identity }) {
        const exceeded = quotas.subscription(identity.tenant)
        if (exceeded !== null) throw quotaError(exceeded)
      },
      onHeld: ({ identity }, change) => quotas.subscribed(identity.tenant, change),
      recoverBelowBytes,
    },
  })
  const inboxAudit = broker.lossless
    ? null
    : new InboxAudit({ store: store.inbox, publisher, clock, sessions: () => connections.sessions.all, onFailure })
  const control = new Control({
    ...{ log, broker, clock, newId, onFailure },
    follow: (target) => feeds.follow(controlKey, target),
    ...commandsOn({ connections, recent, random, onFailure }),
  })
  const receive = createMessages({
    requests: createRequests({
      contract,
      // Holds: each handler is called with its own request's input alone, checked.
      handlers: (options.handlers ?? {}) as Readonly<Record<string, AnyHandler>>,
      policy,
      publisher,
      setTyping: typing.set,
    }),
    wireHandlers: createWireHandlers({
      contract,
      presence,
      inbox,
      refresh: (session, token) => connections.refresh(session, token),
      setTyping: typing.set,
    }),
    limits: inboundLimits,
    clock,
    logger,
    metrics,
    newId,
    handlerTimeoutMs: limits.handlerTimeoutMs,
    subscriptionsPerConnection: limits.subscriptionsPerConnection,
    errorEvent: options.errorEvent ?? { name: 'error', payload: (error) => error },
  })
  store.outbox.listen(
    (envelopes) => publisher.relay(envelopes),
    createOutboxAdmission({ contract, publisher, logger, onParked: (code) => metrics.parked(code) }),
  )
  // On one of the nodes: the others' rows are the same.
  const retention = sharedCheck({
    ...{ leases: store.leases, clock, newId, onFailure },
    name: '$retention',
    everyMs: serverDefaults.retentionEveryMs,
    run: async () => void (await Promise.all([log.trim(retentionOf, clock.now()), inbox.trim()])),
  })
  const health = createHealth({
    clock,
    checks: { store: () => store.check(), broker: () => broker.check() },
    onChange: (check, { ok, reason }) => logger.warn({ check, ok, reason }, ok ? 'a dependency is back' : 'a dependency is lost'),
  })

  function retentionOf(key: ChannelKey) {
    if (key === controlKey) return controlRetention
    return contract.resolve(key.slice(key.indexOf('/') + 1))?.definition.retention ?? { maxAgeMs: 0, maxCount: 0 }
  }
  const usage = createUsage({ inbound: inboundLimits, quotas, clock })
  membership.carry(usage)
  membership.observe(usage.peerEvents)
  membership.start()
  const server: MillraceServer<C, J> = {
    contract,
    attach: (httpServer) => transport.attach(httpServer),
    ...publicCalls({
      contract,
      tenant: options.tenant,
      publisher,
      inbox,
      alerts,
      presence,
      people: clusterPeople ?? userPresence,
      control,
    }),
    // Holds: inputs and results are checked by the schemas that give them their types.
    jobs: jobs as Jobs as unknown as Jobs<J>,
    health: async () => ({ ...health.report(), connections: connections.sessions.size }),
    metrics: () => metrics.text(),
    handleHttp: (request: IncomingMessage, response: ServerResponse) =>
      handleObserve(request, response, { health, metrics, connections: () => connections.sessions.size }),
    async drain({ timeoutMs = serverDefaults.drain.timeoutMs, reconnectWithinMs = serverDefaults.drain.reconnectWithinMs } = {}) {
      draining = true
      health.drain()
      transport.stopAccepting()
      const gone = connections.allGone(timeoutMs)
      await connections.dismiss(timeoutMs, () => Math.round(random() * reconnectWithinMs))
      await gone
      await server.close()
    },
    async close() {
      draining = true
      retention.cancel()
      audit?.close()
      inboxAudit?.close()
      control.close()
      alerts.close()
      jobUpkeep?.cancel()
      jobs.close()
      typing.close()
      health.close()
      await transport.close()
      connections.close()
      userPresence.close()
      clusterPeople?.close()
      await membership.leave()
      presence.close()
      if (options.broker === undefined) await broker.close()
      if (options.store === undefined) await store.close()
    },
  }
  return server
}
