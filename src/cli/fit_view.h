// What `yixin fit` says about what it has learned. Tested by: fit_view_test.cc
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/json_output.h"
#include "fit/fit_run.h"

namespace yixin {

struct FitFacts {
  std::string task;  // what was taught; empty: a task made of the labels
  std::string model;
  std::string kernels;
  int layers = 0;         // of the model
  uint64_t bad_rows = 0;  // that could not be read at all
  std::string first_fault;
  std::string task_file;  // what was written; empty: nothing
  std::string head_file;
};

std::vector<std::string> FormatFit(const FitFacts& facts, const FitResult& result);
Json FitJson(const FitFacts& facts, const FitResult& result);

// A line about how a task was taught, for the task file.
std::vector<std::string> FitComments(const FitFacts& facts, const FitResult& result);

// "my" of my.task.toml and of my.toml; and my.task.head.
std::string TaskNameOf(const std::string& path);
std::string HeadFileOf(const std::string& path);

// A task of nothing but these labels, for people whose labels no task has: its prompt lists them.
std::string TaskOfLabels(const std::string& name, const std::vector<std::string>& labels);

}  // namespace yixin
