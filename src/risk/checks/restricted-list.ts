import { type Check, deny, pass } from '../check.ts'

export const restrictedList: Check = {
  name: 'restricted_list',
  unit: 'count',
  doc: 'The symbol is not on the restricted list.',
  reducing: 'apply',
  run(_draft, _portfolio, context, result) {
    if (context.limits.restricted) deny(result, 'RESTRICTED', 1, 0)
    else pass(result, 0, 0)
  },
}
