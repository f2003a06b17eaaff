const attached = new WeakSet<object>()

/** Remembers that a sync reads and writes through this Controller. */
export function rememberAttached(controller: object): void {
  attached.add(controller)
}

/** Returns whether a sync of this process is attached to the Controller. */
export function hasSyncAttached(controller: object): boolean {
  return attached.has(controller)
}
