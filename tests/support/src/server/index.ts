export { behaviour, millsOf } from './behaviour.ts'
export type { LogAnswer, LoggedEntry } from './controls.ts'
export type { ServerSettings } from './settings.ts'
export { ControlError, startTestProcess, type TestProcess } from './test-process.ts'
