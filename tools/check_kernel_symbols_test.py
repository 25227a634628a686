"""Tests of check_kernel_symbols.py."""

import unittest

from check_kernel_symbols import problems

GOOD = """
registry.cc.o:
0000 W _ZN5yixin5ErrorD1Ev

x86_avx2.cc.o:
0000 R _ZN5yixin12kAvx2KernelsE
0000 t _ZN5yixinL6MatMulEv
                 U logf
"""


class CheckKernelSymbolsTest(unittest.TestCase):
    def test_a_table_and_local_symbols_are_fine(self):
        self.assertEqual(list(problems(GOOD)), [])

    def test_a_weak_symbol_is_found(self):
        self.assertIn("weak", "".join(problems(GOOD + "0000 W _ZSt3maxv\n")))

    def test_an_arm_object_is_one_of_them(self):
        arm = "arm_neon.cc.o:\n0000 D _ZN5yixin12kNeonKernelsE\n"
        self.assertEqual(list(problems(arm)), [])
        self.assertIn("weak", "".join(problems(arm + "0000 W _ZSt3maxv\n")))

    def test_another_export_is_found(self):
        self.assertIn("exports", "".join(problems(GOOD + "0000 T _ZN5yixin6MatMulEv\n")))

    def test_a_static_initialiser_is_found(self):
        self.assertIn("initialiser", "".join(problems(GOOD + "0000 t _GLOBAL__sub_I_x86_avx2.cc\n")))

    def test_no_objects_is_a_failure(self):
        self.assertEqual(len(list(problems("registry.cc.o:\n"))), 1)


if __name__ == "__main__":
    unittest.main()
