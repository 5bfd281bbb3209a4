// Placeholder until the real one is here: overwrite it.
export function handleObserve(_request: unknown, _response: unknown, _options: unknown): boolean { return false }
