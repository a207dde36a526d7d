import { each, text } from './named-judges.ts'
import { isPlain } from '../field.ts'
import { ask, worst } from '../outcome.ts'
import type { Judge } from '../shell.ts'
import { tools } from '../tool.ts'

const options =
  '--config= -c= --compilation_mode= --test_output= --keep_going -k --jobs= -j= --nocache_test_results --cache_test_results= -t= --output= --test_filter= --noshow_progress --test_tag_filters= --build_tests_only --test_timeout= --runs_per_test= --flaky_test_attempts= --verbose_failures --test_arg=~ --color= --curses= --combined_report= --noimplicit_deps --notool_deps --order_output= --show_result= --test_summary= --local_test_jobs= --curses=no -s'

const judge: Judge = tools(
  '--noworkspace_rc~ --nohome_rc --bazelrc<~ --output_base>~ --host_jvm_args=~',
  new Map<string, Judge>([
    ...each('build test query cquery aquery coverage', text(options)),
    ...each('version info', text()),
  ]),
)

/** Labels begin with `//`: they are no paths. */
export const bazel: Judge = (call, shell) => {
  const found = judge(call, shell)
  const strange = call.args.find(
    (field) =>
      !isPlain(field) || field.text.includes('://') || /^\/(?!\/)|(?:^|\/)\.\.(?:\/|$)/.test(field.text),
  )
  return strange
    ? worst([found, ask('outside-project', `"${strange.text}" may lie outside the project.`)])
    : found
}
