import type { SiteSettings } from '@homing/core'

import type { Command, WidgetOptions } from '../commands.ts'
import type { Launcher } from './launcher.ts'

/**
 * What the loader hands to the engine, once and for good: the place on the page and whatever was
 * asked for before the engine had loaded.
 */
export interface Handle {
  readonly settings: SiteSettings
  /** Options given at boot, laid over the site's settings. */
  readonly options: WidgetOptions
  readonly root: ShadowRoot
  readonly launcher: Launcher
  /** Commands in the order they were given; the engine takes later ones by `receive`. */
  readonly commands: readonly Command[]
  /** From now on commands and launcher clicks go there. */
  receive(run: (command: Command) => void): void
  /** This browser has something to come back to. */
  readonly used: boolean
  /** From now on it has, or has not: load the engine at idle from now on. */
  remember(used: boolean): void
}

/** Undoes `start`: link closed, listeners gone. May be called twice. */
export type StopEngine = () => void

/** The engine chunk's one export. */
export type StartEngine = (handle: Handle) => StopEngine
