import type {Code} from './catalogue.js';

/** What there is to say of a code besides its title: for the documentation and `strata errors`, never for a run. */
export interface Explanation {
  readonly meaning: string;
  /** Part of an experiment, or a command, that gives it. */
  readonly example?: string;
  readonly mend: string;
}

export const EXPLANATIONS: Readonly<Record<Code, Explanation>> = {
  E001: {
    meaning:
      'The text is not YAML. The mark is where the reader could not go on; the slip may be just before it.',
    example: 'description: one thing: and another',
    mend: 'Put texts with ": ", " #" or a leading special character in quotes, close brackets and quotes, and indent the keys of a map alike.',
  },
  E002: {
    meaning: 'YAML allows no tabs in the indentation.',
    example: 'params:\n\tn: 100',
    mend: 'Indent with spaces; most editors can be told to for .yaml files.',
  },
  E003: {
    meaning: 'A map has the same key twice, and only one of them could count.',
    example: 'params:\n  n: 100\n  n: 200',
    mend: 'Remove one of the two. To change a value of an extended file, write it in the extending one.',
  },
  E004: {
    meaning: 'The file goes on after "---" with a second YAML document; an experiment is one.',
    example: 'seed: 1\n---\nseed: 2',
    mend: 'Use one file for each experiment, and "extends" for what they share.',
  },
  E005: {
    meaning:
      'An alias "*name" has no anchor "&name" before it in the same file, or stands inside the value that it would repeat. Anchors do not reach over files.',
    example: 'params: {list: &list [1, *list]}',
    mend: 'Write the anchor before the alias. Over several files, use "params" and references.',
  },
  E006: {
    meaning:
      'Tags ("!!int"), keys that are lists or maps, and keys without a name have no meaning in an experiment.',
    example: 'params: {n: !!int "5"}',
    mend: 'Leave the tag out: the type of a value follows from its place, and quotes make a text of it.',
  },
  E007: {
    meaning:
      'The text, or what it stands for once aliases, references, extended files and overrides are followed, is past what any experiment needs: 1 MiB of text, 200 000 values, 32 levels.',
    example: `params: {deep: ${'['.repeat(40)}1${']'.repeat(40)}}`,
    mend: 'Look for aliases or references that multiply each other. Put long tables into a file of data, not into the experiment.',
  },
  E008: {
    meaning: 'The merge key "<<" takes a map, or a list of maps.',
    example: 'params: {word: &word hello, more: {<<: *word}}',
    mend: 'Let the alias after "<<" name a map.',
  },
  E009: {
    meaning: 'The file of the experiment, or one that it extends, is not there, cannot be read, or is empty.',
    example: 'extends: ./base/missing.yaml',
    mend: 'Check the path. What a file extends is relative to that file, not to where the command is given.',
  },
  E010: {
    meaning:
      'Infinity, NaN, and integers past 2^53 cannot be told apart reliably once computed with, so they are refused.',
    example: 'params: {n: 12345678901234567890}',
    mend: 'Write a finite number, or put it in quotes if it is a text such as an identifier.',
  },
  E101: {
    meaning:
      'Every experiment begins with the version of the language it is written in; this version of Strata reads 1. Files that are extended may leave it out, or say the same.',
    example: 'strata: 2',
    mend: 'Write "strata: 1". If the file is meant for a later language, install a later Strata.',
  },
  E102: {
    meaning: 'The experiment has a key that the language does not know.',
    example: 'descripton: A study.',
    mend: 'Correct its spelling. Own values belong under "params".',
  },
  E103: {
    meaning: 'An experiment needs a name and at least one stage, here or in a file that it extends.',
    example: 'stages: {}',
    mend: 'Add what is missing.',
  },
  E104: {
    meaning:
      'The stage has no such parameter. If the stage was made another by an extending file or an override, the parameters that only the old one had are left over, and are told here.',
    example: 'stages:\n  hidden: {stage: extract, from: pixels, modle: vit.onnx}',
    mend: '"strata describe KIND NAME" lists the parameters. One that is left over is taken away by "name: null" in the extending file, or by "~stages.LABEL.name".',
  },
  E105: {
    meaning: 'The stage has a parameter without a default, and it is not given.',
    example: 'stages:\n  more: {stage: load, source: image-folder}',
    mend: 'Add it; "strata describe KIND NAME" says what it is.',
  },
  E106: {
    meaning:
      'The value is of a type that its place does not take. Without quotes a value is read as the type its place declares; in quotes it is always a text.',
    example: 'seed: many',
    mend: 'Write a value of the type that is expected; a number without quotes.',
  },
  E107: {
    meaning: 'The place takes one of a few words, and this is none of them.',
    example: 'stages:\n  some: {stage: decimate, from: hidden, method: half}',
    mend: 'Choose one of the words listed.',
  },
  E108: {
    meaning: 'The number is outside the range that its place allows.',
    example: 'seed: -1',
    mend: 'Choose a number within the range.',
  },
  E109: {
    meaning:
      'The text does not have the form that its place asks for: too short, too long, or not matching a pattern.',
    example: 'stages:\n  hidden: {stage: extract, from: pixels, model: ""}',
    mend: 'Write it in the form that is expected.',
  },
  E110: {
    meaning: 'The list is too short, too long, or has an item twice.',
    example: 'stages:\n  some: {stage: decimate, from: hidden, fractions: []}',
    mend: 'Give as many items as are expected, each once.',
  },
  E111: {
    meaning: 'The value of "stage" is not a kind of stage.',
    example: 'stages:\n  more: {stage: netwrok, from: photos}',
    mend: '"strata describe" lists the kinds.',
  },
  E112: {
    meaning:
      'The kind is known, the name within it is not: the metric, probe, view, plot, or source of data.',
    example: 'stages:\n  id: {stage: metric, metric: towNN, from: hidden}',
    mend: '"strata describe KIND" lists the names.',
  },
  E113: {
    meaning:
      'A stage does not say what it is: "stage" is missing, or the name that its kind needs ("metric", "source" ...). A stage that an extended file defines need not say it again.',
    example: 'stages:\n  id: {stage: metric, from: hidden}',
    mend: 'Add the key. If the stage is to change one of an extended file, check its label.',
  },
  E114: {
    meaning:
      'Names of experiments become folders, labels of stages and names of parameters become steps of paths such as stages.id.k, and variables have the form the environment gives them.',
    example: 'name: my experiment',
    mend: 'Use letters, digits, "_" and "-", a letter first; the name of an experiment may have "." too.',
  },
  E115: {
    meaning:
      'A reference names nothing that there is. References reach "params", the name and the seed of the experiment, and variables of the environment.',
    example: 'params: {n: "${params.m}"}',
    mend: 'Correct the path, or add the parameter. If a file or an override removed it, take the reference out as well.',
  },
  E116: {
    meaning: 'Following the references leads back to where it began.',
    example: 'params: {a: "${params.b}", b: "${params.a}"}',
    mend: 'Give one of the values in the circle itself.',
  },
  E117: {
    meaning:
      'A reference is not of the form ${params.x}, or gives what its place cannot hold: a map or list within a text, or any reference in "extends".',
    example: 'params: {list: [1, 2], text: "a ${params.list}"}',
    mend: 'Write the form that is expected; "$${" is the text "${".',
  },
  E118: {
    meaning:
      'A file extends itself, by way of others or directly, or the chain of files, or one list of them, is longer than 32.',
    example: 'extends: study.yaml',
    mend: 'Put what the files share into one that extends neither.',
  },
  E119: {
    meaning:
      'An experiment sees only the variables of the environment that it lists, so that what it depends on can be read in it.',
    example: 'params: {data: "${env:DATA}/photos"}',
    mend: 'List the variable at the top of the file: "env: [DATA]".',
  },
  E120: {
    meaning: 'The variable is listed, but is not set where the command runs.',
    example: 'env: [UNSET]\nparams: {data: "${env:UNSET}/photos"}',
    mend: 'Set it: "DATA=/data strata run FILE". Where a default will do, use a parameter and an override.',
  },
  E121: {
    meaning:
      'A parameter is written that the stage, as its other parameters and ports are, makes no use of. In a sweep it is one that no variant makes use of. What is as it would be anyway is not told.',
    example: 'stages:\n  id: {stage: metric, metric: twonn, from: hidden, estimator: regression, trim: 0.01}',
    mend: 'Leave it out, or set what it belongs to: "strata describe KIND NAME" says where each parameter counts.',
  },
  E130: {
    meaning:
      'A sweep has the keys grid, zip, list, exclude, ablate and pairs; grid and zip map paths to lists of values.',
    example: 'sweep:\n  grid: {params.k: 5}',
    mend: 'Write the values as a list, as range(start, stop, step) or as glob(pattern).',
  },
  E131: {
    meaning:
      'All combinations of the lists of a sweep make more than 10 000 variants, or its exclusions leave none.',
    example: 'sweep:\n  grid: {params.a: "range(0, 200)", params.b: "range(0, 200)"}',
    mend: 'Sweep fewer values, or let lists go side by side with zip in place of grid.',
  },
  E132: {
    meaning:
      'A plot with "series: variant" draws a line for each variant of a sweep, all in one figure. It needs a sweep, and may not itself be changed by it.',
    example: 'stages:\n  figure: {stage: plot, plot: profile, from: id, series: variant}',
    mend: 'Sweep something, in the file or on the command line (params.n=60,120), or draw another series.',
  },
  E201: {
    meaning: '"from" names a stage that is not in the experiment.',
    example: 'stages:\n  id: {stage: metric, metric: twonn, from: hiden}',
    mend: 'Correct the label. If an extending file removed the stage, let what takes it take another.',
  },
  E202: {
    meaning: 'A stage cannot take its own result.',
    example: 'stages:\n  id: {stage: metric, metric: twonn, from: id}',
    mend: 'Name the stage before it.',
  },
  E203: {
    meaning:
      'Stages take each other in a circle, so that none of them could run first. The notes show each step.',
    example: 'stages:\n  photos: {stage: preprocess, from: hidden}',
    mend: 'Break the circle at one of its steps.',
  },
  E204: {
    meaning: 'The stage has no port of that name, or takes no other stage at all.',
    example: 'stages:\n  id: {stage: metric, metric: twonn, from: {samples: hidden}}',
    mend: '"strata describe KIND NAME" lists the ports.',
  },
  E205: {
    meaning: 'The stage needs the result of another, and "from" does not name one.',
    example: 'stages:\n  id: {stage: metric, metric: twonn}',
    mend: 'Add "from:" with the label of a stage that gives what is needed.',
  },
  E206: {
    meaning: 'The port takes one stage and is given several, or is given the same one twice.',
    example: 'stages:\n  id: {stage: metric, metric: twonn, from: [hidden, hidden]}',
    mend: 'Name one stage; make a second stage of the same kind for the other.',
  },
  E207: {
    meaning: 'The stage that "from" names gives something else than what is needed there.',
    example: 'stages:\n  id: {stage: metric, metric: twonn, from: photos}',
    mend: 'Put the stage between that turns the one into the other: "load" gives images, "preprocess" pixels, "extract" activations, metrics and probes tables.',
  },
  E301: {
    meaning: 'A file or folder of data is not there, cannot be read, or is one where the other is expected.',
    mend: 'Check the path: it is relative to the file that wrote it, or to the working directory if an override or the environment did. "strata config FILE" prints it in full.',
  },
  E302: {
    meaning:
      'A file of data ends too early, or its content is not what its format says. The message gives the byte, line or row.',
    mend: 'Fetch or write the file again; check that it is of the format that the source reads.',
  },
  E303: {
    meaning: 'The source of data was read and holds no sample.',
    mend: 'Check that the path names the data itself, and that filters leave something of it.',
  },
  E304: {
    meaning:
      'Labels are needed and are not there, do not belong to the samples one by one, or contradict each other.',
    mend: 'Give the source its labels; the message names the first sample or row that does not fit.',
  },
  E305: {
    meaning:
      'The data hold infinity, NaN, an empty field, or a number whose square is not finite; no method here is defined for these.',
    mend: 'Replace the value at the row, token and column named, all counted from 0, or leave its sample out.',
  },
  E306: {
    meaning: 'A selection asks for a class, a split or a number of samples that the data do not have.',
    mend: 'Choose among those that the message lists, or ask for fewer.',
  },
  E401: {
    meaning: 'The file of the model, or one with its weights, is missing, or is not an ONNX model.',
    mend: 'Check the path; files of external weights must lie beside the model under the name it gives them.',
  },
  E402: {
    meaning: 'The model is ONNX, and ONNX Runtime does not run it. The message is its own.',
    mend: 'Export the model with an opset and operators that this ONNX Runtime has, or simplify it.',
  },
  E403: {
    meaning:
      'None of the layers of the model, or of the file of activations, is of that name, or matches that pattern.',
    mend: '"strata inspect MODEL" lists the names that "layers" takes of a model; the message those of a file.',
  },
  E404: {
    meaning: 'The shape or type of the pixels is not what the input of the model takes.',
    mend: 'Let "preprocess" make them so: "preset: auto" reads what the model wants from the file beside it.',
  },
  E405: {
    meaning: 'The device that "device" asks for cannot be used here. Another is never taken in its stead.',
    mend: 'Choose "auto" or "cpu", or run where the device is.',
  },
  E501: {
    meaning: 'What a stage was given is well-formed, and its method cannot be used on it.',
    mend: 'The message says what was found and what is needed: change the stage before, or the parameter.',
  },
  E502: {
    meaning:
      'A file changed between being looked at and being used, so that the result would belong to neither. It was thrown away.',
    mend: 'Run again once nothing writes to the file any more.',
  },
  E503: {
    meaning: 'A stage failed in a way that it does not foresee. This is a bug in Strata.',
    mend: 'Report it with the journal of the run (events.jsonl), which says where it happened.',
  },
  E504: {
    meaning:
      'Stages run in processes of their own, and the one of this stage ended before it was done: the system took it when memory ran out, or native code failed. What it had finished is kept.',
    mend: 'With too little memory, give the stage "job: {memory: 4}" (GB), so that fewer jobs run beside it, or a smaller batch. "job: {retries: 2}" tries again.',
  },
  E505: {
    meaning: 'A job of the stage took longer than "job: {timeout: ...}" of the stage allows, and was ended.',
    mend: 'Give it more seconds, or see with "strata logs RUN STAGE" what it was doing.',
  },
  E601: {
    meaning:
      'The system refuses to read or write something in the store; the message says what and why. What was finished before is whole and stays.',
    mend: 'Do what the message says, or name another store by STRATA_STORE. "strata verify" tells whether anything is damaged.',
  },
  E602: {
    meaning: 'The store was written by a later Strata, in a format that this one does not know.',
    mend: 'Use the later Strata, or another store by STRATA_STORE.',
  },
  E603: {
    meaning:
      'A collection dropped results at the very moment at which a run that has found them was about to begin. Once a run has begun, nothing that it uses is dropped.',
    mend: 'Run it again: what was dropped is made again.',
  },
  E701: {
    meaning:
      'What follows the file is an override: a=1 sets what is there, +a=1 adds, ++a=1 does either, ~a takes away, a+=[1] adds items to a list.',
    example: 'strata run study.yaml n',
    mend: 'Write one of these forms, with the full path: params.n=100.',
  },
  E702: {
    meaning:
      'The path leads to nothing that the experiment has. A parameter that a stage leaves to its default counts as there.',
    example: 'strata run study.yaml stages.hiden.pool=cls',
    mend: 'Correct the marked step, or put "+" before the path to add what is not there.',
  },
  E703: {
    meaning: 'The value of the override cannot be read, or stands for several values.',
    example: "strata run study.yaml 'seed=[1'",
    mend: 'Values with brackets or quotes are YAML and need them closed: a=[1, 2], a="1,2". Mind that the shell takes quotes away unless they stand within others.',
  },
  E704: {
    meaning: '"+a=1" adds, and "a" is there already; or "a+=[1]" adds items, and "a" is not a list.',
    example: 'strata run study.yaml +seed=1',
    mend: 'Use "a=" to set what is there, "++a=" to set it either way.',
  },
  E705: {
    meaning: 'The file given by --override-file is not there or cannot be read.',
    mend: 'Check the path, which is relative to the working directory.',
  },
  E711: {
    meaning: 'No run under outputs/ is of that id, path, or name of an experiment, or several are.',
    mend: 'Run the experiment first, in the same working directory, or give the path of the folder of the run.',
  },
  E712: {
    meaning:
      'The file run.json of a run is missing or damaged; it is written last, so a run that was killed has none.',
    mend: 'Run the experiment again: what had been finished is not done again.',
  },
  E713: {
    meaning: 'The command was given a name that there is not: of a stage, a kind, a metric, a code.',
    mend: 'Choose among the names that the message lists.',
  },
  E714: {
    meaning:
      "The folder outputs/, or a file in it such as the journal or the record of a run, cannot be made or written. The reason is the system's.",
    mend: 'Check its permissions and the space left, and run again: what was finished is in the store.',
  },
  E721: {
    meaning: 'No file matches a word that was read as a pattern because it has one of * ? [ ] { } in it.',
    mend: 'Correct the pattern, which is relative to the working directory; ** stands for any number of folders.',
  },
  E722: {
    meaning: 'A command that writes a new file found one of that name, and left it as it was.',
    mend: 'Choose another name, or remove the file first.',
  },
  E723: {
    meaning: 'What strata init was told is not enough for an experiment that runs, or does not go together.',
    mend: 'Add the flag that the message names, or answer the questions: without flags, strata init asks them.',
  },
  E724: {
    meaning: 'A comparison takes two runs or more, and the words of the command name fewer.',
    mend: 'Name another run by its id or path, or another experiment for its latest run.',
  },
  E725: {
    meaning: 'The command looks at one experiment, and the file is a sweep of several.',
    mend: 'Name one by --variant ID; the message lists the ids, and so does "strata run FILE --list".',
  },
  E726: {
    meaning:
      'A size is a number with a unit, such as 50GB or 10GiB; a time span one such as 30d, 12h or 90m.',
    mend: 'Write the number and its unit together. Sizes: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB. Time spans: s, m, h, d, w.',
  },
  E731: {
    meaning:
      'A lock holds the digests of all results, and not all stages have one yet as the experiment stands now.',
    mend: 'Run the experiment, with the same overrides, and freeze it then.',
  },
  E732: {
    meaning:
      'The lock of an experiment, the file beside it that ends in ".lock.yaml", is not there, cannot be read or written, or has lines that "strata freeze" does not write, such as the marks of a merge.',
    mend: 'Resolve the merge, or write the lock again with "strata freeze FILE".',
  },
  E733: {
    meaning:
      'A file that the experiment reads, or the stages that it has, are not what they were when it was frozen. Nothing was run.',
    mend: 'Bring back the file that is named. If the change is meant, run without --frozen and then "strata freeze FILE".',
  },
  E734: {
    meaning: 'A stage came out otherwise than when the experiment was frozen.',
    mend: 'Look for what has changed: parameters, overrides, the version of Strata or of ONNX Runtime, the machine; "strata compare" sets two runs side by side. If it is meant, "strata freeze FILE".',
  },
  E735: {
    meaning:
      'A run is to be reproduced, and this version of Strata does not have one of its stages, or not with these parameters.',
    mend: 'Install the version of Strata that run.json names under "versions".',
  },
  E736: {
    meaning:
      'Only the later stages of a run are to be reproduced, and the result of an earlier one is no longer in the store of that run, or a file of it is damaged.',
    mend: 'Reproduce from an earlier stage, or the whole run.',
  },
};
