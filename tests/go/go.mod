module ferrytest

go 1.21
