import { join } from 'node:path'
import { jwtVerify } from 'jose'
import Database from 'libsql'
import { Server } from 'socket.io'
import { benchSecret, connectedEvent, events, type Payload } from '../wire.ts'
import { readSetup, serve } from './serve.ts'

/** Socket.IO as teams use it: a token checked, rooms joined, a row inserted and then an event sent. */
const { dataDir } = readSetup()
const io = new Server({ transports: ['websocket', 'polling'] })
const secret = new TextEncoder().encode(benchSecret)
const database = new Database(join(dataDir, 'stock.db'))
database.pragma('journal_mode = WAL')
database.pragma('synchronous = FULL')
database.exec('create table movements (id integer primary key, data text not null)')
const insert = database.prepare('insert into movements (data) values (?)')
const newest = new Map<string, Payload>()

io.use((socket, next) => {
  jwtVerify(String(socket.handshake.auth.token), secret).then(
    ({ payload: { sub, mill = 1 } }) => {
      socket.data.userId = sub
      socket.data.mill = mill
      next()
    },
    () => next(new Error('Invalid token')),
  )
})
io.on('connection', (socket) => {
  const { userId, mill } = socket.data
  socket.join([`mill:${mill}`, 'everyone', `user:${userId}`])
  socket.emit(connectedEvent, { userId })
})

serve({
  attach: (http) => void io.attach(http),
  publish(delivery, payload) {
    if (delivery === 'durable') insert.run(JSON.stringify(payload))
    if (delivery === 'retained') newest.set('mill:1', payload)
    io.to('mill:1').emit(events[delivery], payload)
    return undefined
  },
})
