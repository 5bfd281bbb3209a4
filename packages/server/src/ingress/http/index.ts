export { type ApiKey, type ApiScope, hashApiKey } from './api-keys.ts'
export { type HttpApi, type HttpApiOptions, httpApi, httpApiDefaults } from './http-api.ts'
