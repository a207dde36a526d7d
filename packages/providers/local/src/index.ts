export { analyseText, type AnalyseTextOptions, type TextFacts } from './offline/analyse-text.ts'
export { offlineNotice } from './offline/offline-notice.ts'
export { offline } from './offline/offline.ts'
