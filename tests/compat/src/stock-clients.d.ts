// These versions carry no types that Node's module resolution finds.
declare module 'sio-client-3.1' {
  export const io: unknown
}
declare module 'sio-client-4.0' {
  export const io: unknown
}
