import { hostilePages } from './pages.ts'

hostilePages('firefox')
