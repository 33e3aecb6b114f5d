/** The fallback transport, as a download of its own. */
export { createPollTransport } from '@homing/core'
