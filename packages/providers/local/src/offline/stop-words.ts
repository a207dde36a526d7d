/** Words that say nothing of what an English text is about. */
export const stopWords: ReadonlySet<string> = new Set(
  `a about above after again against all also although always am among an and another any anything are aren't around as
  at away be became because become been before behind being below besides best better between beyond both but by call
  came can can't cannot come comes could couldn't did didn't different do does doesn't doing don't done down during each
  either else enough especially even ever every everything example few find first for found from full further gave get
  gets getting give given gives go goes going gone got had hadn't has hasn't have haven't having he hence her here hers
  herself him himself his how however i i'd i'll i'm i've if in indeed instead into is isn't it it's its itself just
  keep kept know known large last later least less let let's like likely long look made make makes making many may
  maybe me might mine more moreover most mostly much must mustn't my myself near need needs neither never new next no
  nobody none nor not nothing now nowhere of off often on once one ones only onto or other others otherwise our ours
  ourselves out over own part per perhaps please put quite rather really same say says second see seem seems seen
  several shall she should shouldn't show since small so some somebody someone something sometimes somewhere soon still
  such sure take taken than that that's the their theirs them themselves then there there's therefore these they
  they'd they'll they're they've thing things this those though three through thus to together too toward towards two
  under until up upon us use used uses using usually very via want was wasn't way we we'd we'll we're we've well were
  weren't what what's whatever when where where's whether which while who who's whoever whole whom whose why will with
  within without won't would wouldn't yes yet you you'd you'll you're you've your yours yourself`.split(
    /\s+/,
  ),
)
