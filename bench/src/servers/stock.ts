import { join } from 'node:path'
import { createAdapter } from '@socket.io/redis-streams-adapter'
import { Redis } from 'ioredis'
import { jwtVerify } from 'jose'
import Database from 'libsql'
import { Pool } from 'pg'
import { Server } from 'socket.io'
import { askRequest, benchSecret, connectedEvent, events, type Payload } from '../wire.ts'
import { insertMovement, inTransaction, movementsTable } from './movements.ts'
import { readSetup, serve } from './serve.ts'

/** Socket.IO as teams use it: a token checked, rooms joined, a row inserted and then an event sent. */
const { dataDir, postgresUrl, redis } = readSetup()
const adapter = redis === undefined ? {} : { adapter: createAdapter(new Redis(redis.url), { streamName: redis.name }) }
const io = new Server({ transports: ['websocket', 'polling'], ...adapter })
const secret = new TextEncoder().encode(benchSecret)
const database = new Database(join(dataDir, 'stock.db'))
database.pragma('journal_mode = WAL')
database.pragma('synchronous = FULL')
database.exec('create table if not exists movements (id integer primary key, data text not null)')
const insert = database.prepare('insert into movements (data) values (?)')
// With the connections that a pool has unless it is told otherwise.
const pool = postgresUrl === null ? null : new Pool({ connectionString: postgresUrl })
await pool?.query(movementsTable)
const newest = new Map<string, Payload>()

io.use((socket, next) => {
  jwtVerify(String(socket.handshake.auth.token), secret).then(
    ({ payload: { sub, tenant, mills } }) => {
      socket.data = { userId: sub, tenant, mills }
      next()
    },
    () => next(new Error('Invalid token')),
  )
})
io.on('connection', (socket) => {
  const { userId, tenant, mills } = socket.data
  socket.join([...mills.map((mill: number) => `${tenant}/mill:${mill}`), `${tenant}/everyone`, `${tenant}/user:${userId}`])
  socket.on(askRequest, ({ n }, ack) => ack({ ok: true, data: { n } }))
  socket.emit(connectedEvent, { userId })
})

serve({
  attach: (http) => void io.attach(http),
  async publish(mill, delivery, payload, tenant) {
    const room = `${tenant}/mill:${mill}`
    if (delivery === 'durable') {
      if (pool === null) insert.run(JSON.stringify(payload))
      else await pool.query(insertMovement, [JSON.stringify(payload)])
    }
    if (delivery === 'retained') newest.set(room, payload)
    io.to(room).emit(events[delivery], payload)
  },
  ...(pool !== null && {
    async transact(mill: number, payloadNow: () => Payload, tenant: string) {
      let payload = payloadNow()
      await inTransaction(pool, async (tx) => {
        await tx.query(insertMovement, [JSON.stringify(payload)])
        payload = payloadNow()
      })
      io.to(`${tenant}/mill:${mill}`).emit(events.durable, payload)
    },
  }),
})
