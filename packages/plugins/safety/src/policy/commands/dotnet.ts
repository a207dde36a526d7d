import { each, publishes, text } from './named-judges.ts'
import { isPlain } from '../field.ts'
import { allow } from '../outcome.ts'
import type { Judge } from '../shell.ts'
import { insideOnly } from '../inside-only.ts'
import { askAbout, tools } from '../tool.ts'

const options =
  '-c= -f= -r= -v= -o> --no-build --no-restore --no-incremental --configuration= --framework= --runtime= --verbosity= --filter= --logger= --nologo --collect= --list-tests -q --blame --blame-hang --warnaserror -t -m --settings< --results-directory> --os= --arch= --self-contained? --no-self-contained --tl:off --diag> --no-dependencies --output>'

/** Properties that only choose what is built; others may import a file of targets. */
const property =
  /^[/-](?:p|property):(?:Configuration|Platform|TreatWarningsAsErrors|WarningLevel|Version|DebugType|Optimize|CollectCoverage|CoverletOutputFormat|Threshold|ContinuousIntegrationBuild|Deterministic|RunAnalyzers|RunAnalyzersDuringBuild|EnforceCodeStyleInBuild|NoWarn|WarnAsError|GenerateDocumentationFile|RestoreLockedMode|UseSharedCompilation|AnalysisLevel|AnalysisMode|Nullable|TargetFramework|DefineConstants|BuildInParallel|CodeAnalysisTreatWarningsAsErrors)=[\w.,;+-]*$|^[/-](?:m|maxcpucount)(?::\d+)?$|^[/-](?:v|verbosity):\w+$|^[/-](?:nologo|warnaserror|tl:off|nr:false|nodeReuse:false)$/i

const builds: Judge = text(options)

/** `dotnet sln [file] list`, `dotnet tool list`. */
const lists: Judge = (call, shell) =>
  call.args.some((field) => field.text === 'list') && call.args.length <= 2
    ? text()(call, shell)
    : askAbout('changes-files', 'It changes the solution or the tools.', { call, shell })

const listsFirst: Judge = (call, shell) =>
  call.args[0]?.text === 'list'
    ? text('-g --global --local --format=')(call, shell)
    : askAbout('supply-chain', 'It changes packages or tools.', { call, shell })

const judge: Judge = tools(
  '--info --list-sdks --list-runtimes --version -d~',
  new Map<string, Judge>([
    ...each('build test', builds),
    [
      'list',
      text(
        '--outdated --vulnerable --include-transitive --deprecated --format= --highest-minor --highest-patch --framework=',
      ),
    ],
    ['sln', lists],
    ['solution', lists],
    ['tool', listsFirst],
    ['workload', listsFirst],
    [
      'package',
      (call, shell) =>
        call.args[0]?.text === 'list'
          ? text('--outdated --vulnerable --include-transitive --deprecated --format= --project=')(
              call,
              shell,
            )
          : askAbout('supply-chain', 'It changes packages.', { call, shell }),
    ],
    [
      'reference',
      (call, shell) =>
        call.args[0]?.text === 'list'
          ? text('--project=')(call, shell)
          : askAbout('changes-files', 'It changes a project.', { call, shell }),
    ],
    [
      'format',
      (call, shell) =>
        call.args.some((field) => field.text === '--verify-no-changes')
          ? text(
              '--verify-no-changes --verbosity= -v= --no-restore --severity= --include= --exclude= --diagnostics=',
            )(call, shell)
          : askAbout('changes-files', 'It rewrites source files.', { call, shell }),
    ],
    [
      'nuget',
      (call, shell) =>
        call.args[0]?.text === 'push' || call.args[0]?.text === 'delete'
          ? publishes(call, shell)
          : call.args[0]?.text === 'list' && call.args[1]?.text === 'source' && call.args.length === 2
            ? allow()
            : askAbout('supply-chain', 'It changes packages.', { call, shell }),
    ],
  ]),
  { alone: () => allow() },
)

/** `/p:Name=Value` is no path. */
export const dotnet: Judge = (call, shell) => {
  const takesProperties = ['build', 'test'].includes(call.args[0]?.text ?? '')
  const args = takesProperties
    ? call.args.filter((field) => !isPlain(field) || !property.test(field.text))
    : call.args
  return insideOnly(judge)({ ...call, args }, shell)
}
