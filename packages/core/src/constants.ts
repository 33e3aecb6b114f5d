/**
 * Every time-out and limit of the protocol, by name and with its unit. Both ends read them here;
 * those that the relay may change are also told to the client in `welcome.limits`.
 */

export const PROTOCOL_VERSION = 1
export const SUBPROTOCOL = 'homing.v1'

/** Largest frame either side accepts, bytes of UTF-8. */
export const MAX_FRAME_BYTES = 64 * 1024
/** Longest text of one message, UTF-16 code units. */
export const MAX_TEXT_LENGTH = 4_000
/** Most frames in one long-poll request. */
export const MAX_POLL_FRAMES = 32
/** Longest id the codec lets in, characters. */
export const MAX_ID_LENGTH = 64
/** Longest page address, title or name the codec lets in, characters; longer ones are cut. */
export const MAX_LABEL_LENGTH = 1_000
/** Deepest nesting of an unknown body. */
export const MAX_BODY_DEPTH = 8
/** Most conversations a hello may carry positions for. */
export const MAX_POSITIONS = 200

/** Drafts sent and not yet answered, at most. */
export const MAX_UNACKED = 8
/** Entries given of a conversation that hello had no position for. */
export const TAIL_ENTRIES = 50
/** Entries in one `entries` frame or one history page, at most. */
export const MAX_PAGE_ENTRIES = 200

/** A draft without answer is sent again with the same id after this long. */
export const ACK_TIMEOUT_MS = 8_000
/** A link that has not opened by then is given up. */
export const CONNECT_TIMEOUT_MS = 10_000
/** A socket that opened but gave no welcome by then is not useful: fall back to long-poll. */
export const WELCOME_TIMEOUT_MS = 5_000
/** How long a useless socket is remembered before it is tried again. */
export const FALLBACK_MEMORY_MS = 10 * 60_000

/** The relay's heartbeat, and the spread that keeps many relays and clients out of step. */
export const HEARTBEAT_MS = 25_000
export const HEARTBEAT_JITTER = 0.2
/** A visible page that heard nothing for this long suspects its link … */
export const SILENCE_MS = 37_000
/** … asks with a ping, and abandons the link when nothing comes back in this long. */
export const PROBE_TIMEOUT_MS = 5_000
/** After a wake (visible, online, focus) a link is probed once it was silent for this long. */
export const WAKE_PROBE_AFTER_MS = 1_000

/** Longest wait the relay holds a long-poll request open. */
export const POLL_WAIT_MS = 25_000

export const BACKOFF_MIN_MS = 500
export const BACKOFF_MAX_MS = 30_000
/** A link that lived this long was healthy: the back-off starts anew. */
export const BACKOFF_RESET_MS = 60_000

/** How long a typing signal is worth showing. */
export const TYPING_TTL_MS = 6_000
/** A writer repeats its typing signal at most this often. */
export const TYPING_REPEAT_MS = 3_000

/** Opening the local store, and one operation of it, before memory takes over. */
export const STORE_OPEN_TIMEOUT_MS = 2_000
export const STORE_TIMEOUT_MS = 3_000

/** A socket that was refused, not useless, is tried again this long after long-poll took over. */
export const SOCKET_RETRY_MS = 30_000
/** The relay refuses this site or page for good: ask again this seldom. */
export const REFUSED_RETRY_MS = 10 * 60_000
/** A retryable reject without `retryAfter` holds the outbox this long. */
export const REJECT_HOLD_MS = 1_000
/** A send that came too early is not repeated before this: the one it waits for is on its way. */
export const OUT_OF_ORDER_HOLD_MS = 200
