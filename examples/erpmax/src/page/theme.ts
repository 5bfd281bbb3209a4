import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

const iris: MantineColorsTuple = [
  '#eef2ff',
  '#e0e7ff',
  '#c7d2fe',
  '#a5b4fc',
  '#818cf8',
  '#6366f1',
  '#4f46e5',
  '#4338ca',
  '#3730a3',
  '#312e81',
]
/** With a trace of blue, so that greys and iris belong together. */
const dark: MantineColorsTuple = [
  '#dfe2ec',
  '#b9bfd0',
  '#9aa1b4',
  '#6c7389',
  '#3a3f52',
  '#2e3345',
  '#1d2130',
  '#181b26',
  '#13151f',
  '#10121a',
]

export const theme = createTheme({
  primaryColor: 'iris',
  primaryShade: { light: 7, dark: 6 },
  colors: { iris, dark },
  black: '#171a2b',
  fontFamily: 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  headings: { fontFamily: 'inherit', fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Tooltip: { defaultProps: { openDelay: 250, withArrow: true, events: { hover: true, focus: true, touch: false } } },
    Badge: { defaultProps: { variant: 'light', radius: 'sm' } },
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.35 } } },
  },
})

/** Text that is set back must still be readable: 4.5 to 1 against its ground. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-dimmed': '#596072', '--mantine-color-placeholder': '#6b7285' },
  dark: { '--mantine-color-dimmed': '#9aa1b4', '--mantine-color-placeholder': '#7f879b' },
})
