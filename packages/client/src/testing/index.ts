export { type Received, type ScriptedServer, type ScriptedServerOptions, type ScriptedSocket, scriptedServer } from './scripted-server.ts'
