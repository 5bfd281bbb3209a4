/** What the command's exit code says. A second signal ends with 128 and the signal's number, as shells have it. */
export const exitCodes = {
  ok: 0,
  /** It was tried, and failed. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The configuration is wrong, or names something that is not there (`EX_CONFIG`): starting again does not help. */
  configuration: 78,
} as const
