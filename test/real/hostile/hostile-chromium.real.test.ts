import { hostilePages } from './pages.ts'

hostilePages('chromium')
