import { isEarlyClaude } from './claude-version.ts'
import type { ImageSize } from './image-size.ts'

/** How closely a model is to look: OpenAI's `detail`. */
export type ImageDetail = 'low' | 'high' | 'auto'

export interface ImageTokensOptions {
  /** As the provider knows it, or with the provider in front. */
  readonly modelId: string
  /** @default 'auto', counted as 'high' */
  readonly detail?: ImageDetail
}

type ImageRule = (size: ImageSize, detail: ImageDetail) => number

/** Shrinks an image to fit, keeping its shape; sides are rounded to whole pixels, as OpenAI bills. */
const fit = ({ width, height }: ImageSize, scale: number): ImageSize =>
  scale >= 1 ? { width, height } : { width: Math.round(width * scale), height: Math.round(height * scale) }

/** OpenAI's tiles: into 2048 × 2048, the short side to 768, then so much a tile of 512 × 512. */
const tiles =
  (base: number, tile: number): ImageRule =>
  (size, detail) => {
    if (detail === 'low') return base
    const within = fit(size, 2048 / Math.max(size.width, size.height))
    const { width, height } = fit(within, 768 / Math.min(within.width, within.height))
    return base + tile * Math.ceil(width / 512) * Math.ceil(height / 512)
  }

const maxPatches = 1536

/** OpenAI's patches of 32 × 32, at most 1,536 after shrinking to whole patches, times a factor of the model. */
const patches =
  (factor: number): ImageRule =>
  ({ width, height }) => {
    let count = Math.ceil(width / 32) * Math.ceil(height / 32)
    if (count > maxPatches) {
      const scale = Math.sqrt((32 * 32 * maxPatches) / (width * height)) / 32
      const across = Math.floor(width * scale) / (width * scale)
      const down = Math.floor(height * scale) / (height * scale)
      const whole = scale * Math.min(across, down)
      // A hair less, so that a side of whole patches is not rounded up to one more.
      count = Math.ceil(width * whole - 1e-6) * Math.ceil(height * whole - 1e-6)
    }
    return Math.ceil(Math.min(count, maxPatches) * factor)
  }

/** Anthropic's pixels: width × height / 750 after shrinking to a longest edge and a most of tokens. */
const pixels =
  (edge: number, most: number): ImageRule =>
  (size) => {
    const { width, height } = fit(size, edge / Math.max(size.width, size.height))
    return Math.min(most, Math.ceil((width * height) / 750))
  }

/** Gemini 2's crops of 258 tokens; one when both sides are at most 384. */
const crops: ImageRule = ({ width, height }) => {
  if (width <= 384 && height <= 384) return 258
  const unit = Math.max(1, Math.floor(Math.min(width, height) / 1.5))
  return 258 * Math.ceil(width / unit) * Math.ceil(height / unit)
}

/**
 * The first that fits the model's id. OpenAI: guide "Images and vision" (tiles and patches; the rounding is that
 * of bills). Anthropic: guide "Vision" (long edge 1568 and about 1,600 tokens; from 4.7 on 2576 and 3.75
 * megapixels). Google: guide "Understand and count tokens" (Gemini 3: 1,120 at the default resolution).
 */
const rules: readonly (readonly [RegExp, ImageRule])[] = [
  [/gpt-4o-mini/, tiles(2833, 5667)],
  [/gpt-4\.1-mini|gpt-5[\d.]*-mini/, patches(1.62)],
  [/gpt-4\.1-nano|gpt-5[\d.]*-nano/, patches(2.46)],
  [/o4-mini/, patches(1.72)],
  [/gpt-4/, tiles(85, 170)],
  [/gpt-5|gpt-6/, tiles(70, 140)],
  [/\bo[13]\b/, tiles(75, 150)],
  [/computer-use/, tiles(65, 129)],
  [/gemini-(?:[3-9]|\d\d)/, () => 1120],
  [/gemini|gemma/, crops],
]

const claude: ImageRule = pixels(2576, 5000)
const earlyClaude: ImageRule = pixels(1568, 1600)

/** As dear as the dearest common image elsewhere: Claude's and GPT-4o's largest lie between 1,100 and 1,600. */
const unknown: ImageRule = () => 1600

/**
 * The tokens of an image by its vendor's rule; a vendor without a published rule counts 1,600. An image whose
 * size is not known counts as one of 2048 × 2048.
 */
export const imageTokens = (size: ImageSize | undefined, options: ImageTokensOptions): number => {
  const modelId = options.modelId.toLowerCase()
  const isClaude = modelId.includes('claude')
  const ruleOfClaude = isEarlyClaude(modelId) ? earlyClaude : claude
  const rule = isClaude ? ruleOfClaude : (rules.find(([pattern]) => pattern.test(modelId))?.[1] ?? unknown)
  return rule(size ?? { width: 2048, height: 2048 }, options.detail ?? 'auto')
}
