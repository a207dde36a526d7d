import type { ServiceTier } from '@ashlar/catalog'
import type { ModelRequest, Usage } from '@ashlar/core'

/** How a call is served, where that changes the price. */
export interface ServedAs {
  /** `undefined`: the provider chooses. */
  readonly tier?: ServiceTier
  /** `'global'` where no place was asked for by that name. */
  readonly region?: string
  /** What the provider calls a tier that no price can be known for. */
  readonly unknownTier?: string
}

/** Each vendor's own words for a tier; `auto` is none, as the vendor chooses. */
const tiers: Readonly<Record<string, ServiceTier | undefined>> = {
  auto: undefined,
  default: 'standard',
  standard: 'standard',
  standard_only: 'standard',
  on_demand: 'standard',
  batch: 'batch',
  flex: 'flex',
  priority: 'priority',
  scale: 'scale',
  fast: 'fast',
}

const toServedAs = (name: unknown, region: unknown): ServedAs => {
  const told = typeof name === 'string' ? name : 'auto'
  const tier = Object.hasOwn(tiers, told) ? tiers[told] : undefined
  return {
    ...(tier && { tier }),
    ...(!Object.hasOwn(tiers, told) && { unknownTier: told }),
    ...(typeof region === 'string' && { region }),
  }
}

/** The tier and the region a request asks for in its provider options (`service_tier`, `speed`, `inference_geo`). */
export const servedAs = (request: ModelRequest, provider: string): ServedAs => {
  const options = request.providerOptions?.[provider] ?? {}
  const { service_tier: tier, speed = 'standard', inference_geo: region } = options
  return toServedAs(speed === 'standard' || speed === null ? tier : speed, region)
}

/** The tier and the region the provider says it served a call in; they may be others than were asked for. */
export const toldIn = ({ serviceTier, region }: Usage): ServedAs => toServedAs(serviceTier, region)

/** What a model is known to cost otherwise. */
export interface KnownWays {
  readonly tiers: ReadonlySet<ServiceTier>
  readonly regions: ReadonlySet<string>
}

/** One way of being served. */
export type Way = Omit<ServedAs, 'unknownTier'>

/** Providers where a workspace has a region of its own that holds for requests which ask for none. */
const placesByWorkspace: ReadonlySet<string> = new Set(['anthropic'])

/**
 * Every way a call may be served in. What asks for a tier may be served as standard. What asks for none is served as
 * the project or workspace at the vendor is set: as standard or priority, and in any region, unless `usual` says.
 */
export const possibleWays = (
  { provider, asked, usual }: { readonly provider: string; readonly asked: ServedAs; readonly usual: Way },
  known: KnownWays,
): readonly Way[] => {
  const tier = asked.tier ?? usual.tier
  const region = asked.region ?? usual.region
  const anyTier: readonly ServiceTier[] = known.tiers.has('priority')
    ? ['standard', 'priority']
    : ['standard']
  const served = asked.tier && asked.tier !== 'standard' ? [asked.tier, 'standard' as const] : undefined
  const places = placesByWorkspace.has(provider) ? ['global', ...known.regions] : ['global']
  return (served ?? (tier ? [tier] : anyTier)).flatMap((each) =>
    (region === undefined ? places : [region]).map((place) => ({ tier: each, region: place })),
  )
}
