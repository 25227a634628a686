// The verbs of the program, one file each. A verb parses its own words, prints, and gives the exit
// code.
#pragma once

#include "cli/arguments.h"

namespace yixin {

int RunAnalyze(Words words);
int RunBenchVerb(Words words);
int RunChat(Words words);
int RunClassify(Words words);
int RunDoctor(Words words);
int RunDemo(Words words);
int RunEval(Words words);
int RunFitVerb(Words words);
int RunModels(Words words);
int RunPack(Words words);
int RunPull(Words words);
int RunRemove(Words words);
int RunScore(Words words);
int RunServe(Words words);
int RunTask(Words words);
int RunTokenize(Words words);

}  // namespace yixin
