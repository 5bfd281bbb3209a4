export { type ManualClock, manualClock } from '@millrace/contract/testing'
export { type MintClaims, mintToken, testSecret } from './mint-token.ts'
export { type LogLine, type RecordingLogger, recordingLogger } from './recording-logger.ts'
export { startTestServer, type TestServer, type TestServerOptions } from './test-server.ts'
