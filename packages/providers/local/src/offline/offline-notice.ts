/** Stands at the start of every text the offline rules answer with. */
export const offlineNotice = '[offline rules, not a language model]'
