/** Where the models of a provider come from: a function of a package, and what it is called with. */
export interface PackagedProvider {
  readonly package: string
  /** The name of the function that makes a model of an id. */
  readonly export: string
  readonly options?: Readonly<Record<string, unknown>>
}

const openaiAt = (baseURL: string, providerName?: string): PackagedProvider => ({
  package: '@ashlar/openai',
  export: 'openai',
  options: { baseURL, ...(providerName !== undefined && { providerName }) },
})

/** Addresses: the API references of these vendors; the last two are where LM Studio and vLLM listen by default. */
export const knownProviders: Readonly<Record<string, PackagedProvider>> = {
  anthropic: { package: '@ashlar/anthropic', export: 'anthropic' },
  openai: { package: '@ashlar/openai', export: 'openai' },
  ollama: { package: '@ashlar/ollama', export: 'ollama' },
  local: { package: '@ashlar/local', export: 'gguf' },
  offline: { package: '@ashlar/local', export: 'offline' },
  gemini: openaiAt('https://generativelanguage.googleapis.com/v1beta/openai'),
  openrouter: openaiAt('https://openrouter.ai/api/v1'),
  groq: openaiAt('https://api.groq.com/openai/v1'),
  deepseek: openaiAt('https://api.deepseek.com/v1'),
  mistral: openaiAt('https://api.mistral.ai/v1'),
  xai: openaiAt('https://api.x.ai/v1'),
  together: openaiAt('https://api.together.xyz/v1'),
  fireworks: openaiAt('https://api.fireworks.ai/inference/v1'),
  cerebras: openaiAt('https://api.cerebras.ai/v1'),
  lmstudio: openaiAt('http://localhost:1234/v1', 'lmstudio'),
  vllm: openaiAt('http://localhost:8000/v1', 'vllm'),
}

/** Other names of these providers. */
export const providerSynonyms: Readonly<Record<string, string>> = {
  claude: 'anthropic',
  gpt: 'openai',
  chatgpt: 'openai',
  google: 'gemini',
  grok: 'xai',
  'x-ai': 'xai',
  'lm-studio': 'lmstudio',
  gguf: 'local',
  'llama.cpp': 'local',
}

/** What is asked for where only the provider is named. The others need a model's id, or a default of yours. */
export const knownDefaults: Readonly<Record<string, string>> = { offline: 'rules' }
