import { defaultClientConditions, defineConfig } from 'vite'

const orchestrator = process.env.ERPMAX_URL ?? 'http://localhost:8000'

export default defineConfig({
  publicDir: 'src/page/public',
  // The workspace's packages are built from their sources.
  resolve: { conditions: ['millrace-source', ...defaultClientConditions] },
  build: {
    target: 'es2022',
    // The first browsers that know `light-dark()` and nested rules as they are written.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
    rolldownOptions: {
      onwarn(warning, warn) {
        // "use client" is for servers that render; this page has none.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning)
      },
    },
  },
  // `npm run dev`: the page with hot reload, against an orchestrator that runs beside it.
  server: { proxy: { '/api': orchestrator, '/ws/socket.io': { target: orchestrator, ws: true } } },
})
