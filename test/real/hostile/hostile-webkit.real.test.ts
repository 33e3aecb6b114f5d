import { hostilePages } from './pages.ts'

hostilePages('webkit')
