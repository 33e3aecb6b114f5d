import type { LinkKeeper, LinkUser } from '@homing/core'

/**
 * A link keeper whose code is not here yet. A link that is wanted before it came waits for it;
 * should the download fail, the next wake asks again.
 */
export function createLazyKeeper(
  user: LinkUser,
  load: () => Promise<(user: LinkUser) => LinkKeeper>,
): LinkKeeper {
  let keeper: LinkKeeper | undefined
  let wanted = false

  const connect = (): void => {
    wanted = true
    void load().then(
      (create) => {
        keeper ??= create(user)
        if (wanted) keeper.connect()
      },
      () => {},
    )
  }

  return {
    connect,
    disconnect: () => {
      wanted = false
      keeper?.disconnect()
    },
    wake: () => (keeper || !wanted ? keeper?.wake() : connect()),
    renew: () => keeper?.renew(),
    send: (frame) => keeper?.send(frame) ?? false,
    state: () => keeper?.state() ?? 'idle',
  }
}
