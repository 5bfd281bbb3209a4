export { defineConfig, type MillraceConfig } from './define-config.ts'
