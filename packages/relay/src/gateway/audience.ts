import type { Clock, Stop } from '@homing/core'
import type { Bus, Hint } from '../bus/bus.ts'
import { createPresence } from './presence.ts'
import type { Reader } from './reader.ts'

/**
 * Who listens to what: one subscription per topic, however many links want it. Visitors hear of
 * their own conversations, and whether an agent is there; agents hear of their whole site.
 */
export interface Audience {
  /** Let this reader's hints come in, and count it as there. The returned stop may be called twice. */
  join(reader: Reader, hear: Listener): Stop
  /**
   * Let in the hints of one conversation that is another visitor's and this reader's, too; its
   * visitor counts as there. The returned stop may be called twice.
   */
  listen(site: string, to: { conversation: string; visitor: string }, hear: Listener): Stop
  agents(site: string): boolean
  visitor(site: string, id: string): boolean
  close(): void
}

type Listener = (hint: Hint) => void

interface Room {
  readonly visitors: Map<string, Group>
  readonly agents: Set<Listener>
  links: number
  readonly stop: Stop
}

interface Group {
  readonly listeners: Set<Listener>
  readonly stop: Stop
}

export interface AudienceOptions {
  readonly bus: Bus
  readonly clock: Pick<Clock, 'after'>
}

export function createAudience({ bus, clock }: AudienceOptions): Audience {
  const rooms = new Map<string, Room>()

  const agentsThere = createPresence({
    clock,
    changed: (site, online) => {
      bus.publish([`agents:${site}`], { kind: 'presence', site, who: 'agent', visitor: '', online })
    },
  })
  const visitorsThere = createPresence({
    clock,
    changed: (key, online) => {
      const [site = '', visitor = ''] = key.split(' ')
      bus.publish([`agents:${site}`], { kind: 'presence', site, who: 'visitor', visitor, online })
    },
  })

  const roomOf = (site: string): Room => {
    const known = rooms.get(site)
    if (known) return known
    const visitors = new Map<string, Group>()
    const agents = new Set<Listener>()
    const stop = bus.subscribe(`agents:${site}`, (hint) => {
      tell(agents, hint)
      if (hint.kind !== 'presence' || hint.who !== 'agent') return
      for (const { listeners } of visitors.values()) tell(listeners, hint)
    })
    const room: Room = { visitors, agents, links: 0, stop }
    rooms.set(site, room)
    return room
  }

  const groupOf = (room: Room, visitor: string): Group => {
    const known = room.visitors.get(visitor)
    if (known) return known
    const listeners = new Set<Listener>()
    const stop = bus.subscribe(`visitor:${visitor}`, (hint) => tell(listeners, hint))
    const group: Group = { listeners, stop }
    room.visitors.set(visitor, group)
    return group
  }

  const joinGroup = (room: Room, visitor: string, hear: Listener): Stop => {
    const group = groupOf(room, visitor)
    group.listeners.add(hear)
    return () => {
      group.listeners.delete(hear)
      if (group.listeners.size > 0) return
      group.stop()
      room.visitors.delete(visitor)
    }
  }

  const joinRoom = (room: Room, reader: Reader, hear: Listener): Stop => {
    if (reader.role === 'visitor') return joinGroup(room, reader.id, hear)
    room.agents.add(hear)
    return () => room.agents.delete(hear)
  }

  /** A room lives as long as somebody is in it. */
  const enterRoom = (site: string, enter: (room: Room) => readonly Stop[]): Stop => {
    const room = roomOf(site)
    room.links++
    const stops = enter(room)
    let left = false
    return () => {
      if (left) return
      left = true
      for (const stop of stops) stop()
      if (--room.links > 0) return
      room.stop()
      rooms.delete(site)
    }
  }

  return {
    join(reader, hear) {
      const site = reader.site.key
      return enterRoom(site, (room) => [
        joinRoom(room, reader, hear),
        reader.role === 'agent'
          ? agentsThere.enter(site)
          : visitorsThere.enter(`${site} ${reader.id}`),
      ])
    },

    listen(site, { conversation, visitor }, hear) {
      const hearOfIt: Listener = (hint) => {
        if (hint.kind !== 'presence' && hint.conversation === conversation) hear(hint)
      }
      return enterRoom(site, (room) => [
        joinGroup(room, visitor, hearOfIt),
        visitorsThere.enter(`${site} ${visitor}`),
      ])
    },

    agents: (site) => agentsThere.online(site),
    visitor: (site, id) => visitorsThere.online(`${site} ${id}`),

    close() {
      agentsThere.close()
      visitorsThere.close()
    },
  }
}

function tell(listeners: ReadonlySet<Listener>, hint: Hint): void {
  for (const hear of listeners) hear(hint)
}
