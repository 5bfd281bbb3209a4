import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

const paddy: MantineColorsTuple = [
  '#eef7f0',
  '#d9ecde',
  '#b4d9be',
  '#8cc59c',
  '#68b27d',
  '#4ba266',
  '#379254',
  '#2a7a45',
  '#206438',
  '#154b29',
]
const grain: MantineColorsTuple = [
  '#fdf6e6',
  '#f9e9c6',
  '#f2d28c',
  '#ebba52',
  '#e3a52c',
  '#cf8f17',
  '#b27810',
  '#8f5f0d',
  '#6d490d',
  '#4c330b',
]
/** Neutrals with a trace of green, so that greys and paddy belong together. */
const gray: MantineColorsTuple = [
  '#f6f7f4',
  '#eef0eb',
  '#e3e6df',
  '#d5dad1',
  '#bec5ba',
  '#99a296',
  '#6f786d',
  '#4f574e',
  '#343b34',
  '#1d221e',
]
const dark: MantineColorsTuple = [
  '#e4e9e3',
  '#c4ccc4',
  '#9aa59b',
  '#6f7a71',
  '#414b44',
  '#323b35',
  '#262e29',
  '#181e1a',
  '#121714',
  '#0d110f',
]

export const theme = createTheme({
  primaryColor: 'paddy',
  primaryShade: 7,
  colors: { paddy, grain, gray, dark },
  black: '#1d221e',
  fontFamily: 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  headings: { fontFamily: 'inherit', fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  breakpoints: { xs: '30em', sm: '48em', md: '62em', lg: '75em', xl: '88em' },
  components: {
    // The list stays to be seen beside the form: it goes on moving.
    Drawer: { defaultProps: { position: 'right', size: 460, overlayProps: { backgroundOpacity: 0.22 } } },
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.3 } } },
    Tooltip: { defaultProps: { openDelay: 250, withArrow: true, events: { hover: true, focus: true, touch: false } } },
    NumberInput: {
      defaultProps: { hideControls: true, thousandSeparator: ',', thousandsGroupStyle: 'lakh', allowNegative: false, inputMode: 'decimal' },
    },
    Input: { defaultProps: { size: 'sm' } },
    Autocomplete: { defaultProps: { openOnFocus: false } },
    Badge: { defaultProps: { variant: 'light', radius: 'sm' } },
  },
})

/** Text that is set back must still be readable: 4.5 to 1 against its ground. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5d665c',
    '--mantine-color-placeholder': '#6f786d',
    '--mantine-color-orange-light-color': '#a83a06',
    '--mantine-color-default-border': '#d5dad1',
  },
  dark: {
    '--mantine-color-dimmed': '#9aa59b',
    '--mantine-color-placeholder': '#7d887f',
    '--mantine-color-default-border': '#343d37',
    '--mantine-color-paddy-light': '#4ba26633',
    '--mantine-color-paddy-light-hover': '#4ba26647',
    '--mantine-color-paddy-light-color': '#a5d8b3',
    '--mantine-color-grain-light': '#e3a52c2b',
    '--mantine-color-grain-light-hover': '#e3a52c3d',
    '--mantine-color-grain-light-color': '#f2d28c',
  },
})
