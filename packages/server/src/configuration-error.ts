/**
 * A setting that the server cannot start with (OPS3). The message is one line: the setting, what is wrong with it, and the mend.
 * It never quotes a secret.
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly setting: string

  constructor(setting: string, problem: string, mend: string) {
    super(`${setting} ${problem}: ${mend}`.replaceAll(/\s+/g, ' '))
    this.setting = setting
  }
}
