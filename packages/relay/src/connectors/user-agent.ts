/**
 * How the relay names itself to far sides. Meta's description wants "name/x.y.z" and nothing else;
 * a test holds the number against the package's.
 */
export const USER_AGENT = 'homing/0.1.0'
